package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PageTest {

  private static final Pattern PLACE = Pattern.compile("translate\\(([0-9.]+),([0-9.]+)\\)");

  @TempDir private Path folder;

  private String page(Folder results) throws IOException {
    Report.read(List.of(results.write())).writeTo(folder);
    return Files.readString(folder.resolve("report.html"));
  }

  private Folder several() {
    var results = new Folder(folder.resolve("run"));
    for (int i = 0; i < 4; i++) {
      for (String policy : List.of("full", "quest", "adamas")) {
        for (String budget :
            policy.equals("full") ? List.of("all") : List.of("16", "64", "5%", "top-p:0.9")) {
          double loss = policy.equals("adamas") && i == 0 ? 0.5 : 0;
          results.add("passkey", policy, budget, i, 1 - loss, 5, 2 + i);
          results.add("perplexity", policy, budget, i, 3 + loss, 100, 2 + i);
        }
      }
    }
    return results;
  }

  private static Document parse(String page) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }

  private static List<Element> elements(Document document, String tag) {
    NodeList nodes = document.getElementsByTagName(tag);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  @Test
  void isWellFormedAndNeedsNothingElse() throws Exception {
    String page = page(several());
    Document document = parse(page);
    assertThat(page).doesNotContain("http", "//", "@import", "url(", "<script", "NaN", "Infinity");
    assertThat(elements(document, "link"))
        .allSatisfy(link -> assertThat(link.getAttribute("href")).startsWith("data:"));
    assertThat(elements(document, "section").stream().map(s -> s.getAttribute("id")))
        .containsExactly(
            "reading", "glance", "quality", "perplexity", "loss", "bytes", "speed", "data");
  }

  @Test
  void drawsEveryRowInsideItsChart() throws Exception {
    Document document = parse(page(several()));
    List<Element> figures = elements(document, "figure");
    assertThat(figures).hasSize(1 + 1 + 1 + 2 + 4);
    for (Element figure : figures) {
      NodeList groups = figure.getElementsByTagName("g");
      int marks = 0;
      for (int i = 0; i < groups.getLength(); i++) {
        var group = (Element) groups.item(i);
        if (group.getAttribute("class").startsWith("mark")) {
          marks++;
          Matcher at = PLACE.matcher(group.getAttribute("transform"));
          assertThat(at.matches()).isTrue();
          assertThat(Double.parseDouble(at.group(1))).isBetween(40.0, 340.0);
          assertThat(Double.parseDouble(at.group(2))).isBetween(20.0, 230.0);
          assertThat(group.getFirstChild().getTextContent()).contains("budget");
        }
      }
      boolean speed =
          figure.getParentNode().getParentNode() instanceof Element section
              && section.getAttribute("id").equals("speed");
      assertThat(marks).isEqualTo(speed ? 2 : 8);
    }
  }

  @Test
  void repeatsTheFiguresAsTables() throws Exception {
    Document document = parse(page(several()));
    List<String> captions =
        elements(document, "caption").stream().map(Element::getTextContent).toList();
    assertThat(captions).containsExactly("passkey, 1K tokens", "perplexity, 1K tokens");
    assertThat(elements(document, "td").stream().map(Element::getTextContent))
        .contains("−12.5 pt", "−52.3 to +0.0 pt"); // -1/2 once in four: s = 1/4
  }

  @Test
  void namesAreTextNotMarkup() throws Exception {
    String hostile = "</style><script>alert('&amp;\"')</script>\u0000\u001b[31m ä 😀";
    Folder results = new Folder(folder.resolve("run")).model(hostile, hostile).machine(hostile);
    for (int i = 0; i < 2; i++) {
      results.add("passkey", "full", "all", i, 1);
      results.add("passkey", hostile, "64", i, 1);
      results.add(hostile, "full", "all", i, 1);
      results.add(hostile, hostile, hostile, i, 0.5);
    }
    String page = page(results);
    Document document = parse(page);
    assertThat(elements(document, "script")).isEmpty();
    assertThat(page).doesNotContain("\u0000", "\u001b");
    assertThat(elements(document, "h1").getFirst().getTextContent())
        .startsWith("</style><script>alert('&amp;\"')</script>")
        .endsWith(" ä 😀");
  }

  @Test
  void breaksLongNames() throws Exception {
    String name =
        "adamas(quantizer=bucket(center=true,scale=debias),distance=asymmetric(query=int4))";
    Folder results = new Folder(folder.resolve("run"));
    results.add("passkey", "full", "all", 0, 1).add("passkey", name, "64", 0, 1);
    String page = page(results);
    List<Element> names =
        elements(parse(page), "span").stream()
            .filter(span -> span.getAttribute("class").equals("policy"))
            .filter(span -> span.getTextContent().equals(name))
            .toList();
    // in the table of budgets, the legends of quality, bytes and speed, and the figures
    assertThat(names).hasSize(5);
    assertThat(names)
        .allSatisfy(span -> assertThat(span.getElementsByTagName("wbr").getLength()).isEqualTo(2));
    assertThat(page)
        .containsPattern("\\.policy \\{[^}]*align-items: flex-start; overflow-wrap: anywhere")
        .containsPattern("th \\.policy \\{[^}]*max-width: min\\(42vw");
  }

  @Test
  void replacesWhatIsNoText() {
    assertThat(Markup.escape("a\ud800\uffffb\u0000")).isEqualTo("a\ufffd\ufffdb\ufffd");
  }

  @Test
  void showsNoEmptyCharts() throws Exception {
    Document alone = parse(page(new Folder(folder.resolve("a")).add("t", "full", "all", 0, 1)));
    assertThat(elements(alone, "figure")).isEmpty();
    assertThat(elements(alone, "caption")).hasSize(1);
    Document without =
        parse(page(new Folder(folder.resolve("b")).add("perplexity", "quest", "64", 0, 3)));
    assertThat(elements(without, "section").stream().map(s -> s.getAttribute("id")))
        .containsExactly("reading", "perplexity", "data");
  }

  @Test
  void callsNoBudgetSufficientWhereFullAttentionFails() throws Exception {
    Folder results = several();
    for (int i = 0; i < 4; i++) {
      results.add("common-words", "full", "all", i, 0);
      results.add("common-words", "quest", "64", i, 0);
    }
    Document document = parse(page(results));
    List<String> cells =
        elements(document, "td").stream()
            .filter(cell -> isInside(cell, "glance"))
            .map(Element::getTextContent)
            .toList();
    // perplexity, common-words and passkey of adamas, then of quest
    assertThat(cells).containsExactly("none", "", "none", "16", "–", "16");
    List<String> notes =
        elements(document, "p").stream()
            .filter(p -> p.getAttribute("class").equals("note"))
            .map(Element::getTextContent)
            .toList();
    assertThat(notes)
        .containsExactly(
            "A dash: full attention itself scores at most one point there. The model cannot do the"
                + " task, so that it says nothing about policies.",
            "Full attention scores 0 here: the model cannot do this task, so that equal scores say"
                + " nothing about policies.");
    assertThat(elements(document, "td").stream().map(Element::getTextContent))
        .containsOnlyOnce("full scores 0");
  }

  private static boolean isInside(Element element, String section) {
    for (Node node = element; node instanceof Element e; node = node.getParentNode()) {
      if (e.getAttribute("id").equals(section)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void findsTheBudgetFromWhichOnAPolicyIsGoodEnough() throws IOException {
    var results = new Folder(folder.resolve("run"));
    results.add("passkey", "full", "all", 0, 1);
    results.add("passkey", "quest", "16", 0, 1);
    results.add("passkey", "quest", "32", 0, 0.9);
    results.add("passkey", "quest", "64", 0, 0.99);
    results.add("passkey", "quest", "128", 0, 1);
    List<Row> rows =
        Report.read(List.of(results.write())).rows().stream().filter(r -> !r.isFull()).toList();
    assertThat(Glance.smallest(rows).map(Row::budget)).contains("64");
    assertThat(Glance.smallest(rows.subList(0, 2))).isEmpty();
  }
}
