package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PictureTest {

  @TempDir private Path folder;

  private Document picture(Folder results) throws Exception {
    Path file = folder.resolve("picture.svg");
    Report.read(List.of(results.write())).writePicture(file);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(Files.readString(file))));
  }

  private static List<String> texts(Document document, String kind) {
    NodeList nodes = document.getElementsByTagName("text");
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> (Element) nodes.item(i))
        .filter(text -> text.getAttribute("class").equals(kind))
        .map(Element::getTextContent)
        .toList();
  }

  private Folder results(String task) throws IOException {
    var results = new Folder(folder.resolve("run"));
    for (int i = 0; i < 3; i++) {
      results.add(task, "full", "all", i, 3, 100, 2);
      for (String policy : List.of("quest", "adamas", "adamas(quantizer=bucket(bits=3))")) {
        for (String budget : List.of("16", "64")) {
          results.add(task, policy, budget, i, 3.1 + i, 100, 2);
        }
      }
    }
    return results;
  }

  @Test
  void showsEveryPolicyInsideTheFrame() throws Exception {
    Document document = picture(results("perplexity"));
    Element svg = document.getDocumentElement();
    assertThat(svg.getTagName()).isEqualTo("svg");
    assertThat(svg.getAttribute("xmlns")).isEqualTo("http://www.w3.org/2000/svg");
    assertThat(texts(document, "title")).containsExactly("perplexity, 1K tokens");
    assertThat(texts(document, "name"))
        .containsExactly("full", "adamas", "adamas(quantizer=bucket(bits=3))", "quest");
    assertThat(texts(document, "axis")).contains("perplexity above full attention");
    int height = Integer.parseInt(svg.getAttribute("height"));
    NodeList groups = document.getElementsByTagName("g");
    int marks = 0;
    for (int i = 0; i < groups.getLength(); i++) {
      var group = (Element) groups.item(i);
      marks += group.getAttribute("class").startsWith("mark") ? 1 : 0;
      if (svg.isSameNode(group.getParentNode())) {
        String at = group.getAttribute("transform");
        assertThat(Integer.parseInt(at.substring(at.indexOf(',') + 1, at.length() - 1)))
            .isBetween(0, height - 8);
      }
    }
    assertThat(marks).as("points and keys").isEqualTo(3 * 2 + 3);
  }

  @Test
  void showsScoresWhereThereIsNoPerplexity() throws Exception {
    assertThat(texts(picture(results("passkey")), "axis")).contains("score");
  }

  @Test
  void drawsBudgetsOfLayersWhereTheyReadTokens() throws Exception {
    String layers = "adamas-tail(layer-budgets=\"2-3:256,7:all\")";
    var results = new Folder(folder.resolve("run"));
    for (int i = 0; i < 3; i++) {
      results.visible(1000).add("passkey", "full", "all", i, 1);
      results.visible(64).add("passkey", "adamas-tail", "64", i, 1);
      results.visible(140.8).add("passkey", layers, "64", i, 1);
      results.visible(56.5).add("passkey", "quest", "64", i, 1); // the last page is not full
      results.visible(40.5).add("passkey", "quest", "16", i, 1); // at least three pages
    }
    List<Row> rows = Report.read(List.of(results.write())).rows();
    assertThat(rows.stream().map(Figures::budget))
        .containsExactly("all", "64", "64 (mean 141)", "16 (mean 40.5)", "64");
    List<Chart> charts = new Charts(rows, Rows.policies(rows)).scoreByBudget();
    assertThat(
            charts.getFirst().series().stream()
                .flatMap(s -> s.points().stream())
                .map(Chart.Point::x))
        .containsExactly(64.0, 140.8, 40.5, 64.0);
  }

  @Test
  void refusesToDrawNothing() {
    Folder alone = new Folder(folder.resolve("alone")).add("passkey", "full", "all", 0, 1);
    assertThatThrownBy(() -> picture(alone))
        .isInstanceOf(ReportException.class)
        .hasMessage("There is nothing to draw: no policy has a result beside full attention's.");
  }
}
