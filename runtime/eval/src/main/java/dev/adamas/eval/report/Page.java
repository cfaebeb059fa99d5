package dev.adamas.eval.report;

import dev.adamas.eval.RunInfo;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The page {@code report.html}: it needs no other file and no network. */
final class Page {

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final Markup out = new Markup();
  private final List<RunInfo> runs;
  private final Instant written;
  private final List<Row> rows;
  private final List<SpeedUp> speedUps;
  private final List<String> policies;
  private final Legend legend;

  private Page(List<RunInfo> runs, Instant written, List<Row> rows, List<SpeedUp> speedUps) {
    this.runs = runs;
    this.written = written;
    this.rows = rows;
    this.speedUps = speedUps;
    this.policies = Rows.policies(rows);
    this.legend = new Legend(policies);
  }

  /** The page as text. */
  static String of(List<RunInfo> runs, Instant written, List<Row> rows, List<SpeedUp> speedUps)
      throws IOException {
    var page = new Page(runs, written, rows, speedUps);
    page.write();
    return page.out.toString();
  }

  private void write() throws IOException {
    String model = runs.getFirst().model();
    out.raw("<!DOCTYPE html>\n").open("html", "lang", "en").line();
    out.open("head").line();
    out.empty("meta", "charset", "utf-8").line();
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line();
    out.empty("meta", "name", "color-scheme", "content", "light dark").line();
    out.empty("link", "rel", "icon", "href", "data:,").line(); // or browsers ask for one
    out.element("title", model + ": attention policies compared").line();
    out.open("style").line().raw(Style.CHART.text()).raw(Style.PAGE.text()).close().line();
    out.close().line().open("body").open("main").line();
    header(model);
    reading();
    var glance = new Glance(rows, policies);
    if (!glance.isEmpty()) {
      section(
          "glance",
          "Smallest sufficient budget",
          "The smallest budget from which on a policy stays within 1 % of full attention's"
              + " perplexity, or within one point of its score. Smaller is better.");
      glance.write(out, legend);
      out.close().line();
    }
    charts();
    section(
        "data",
        "All figures",
        "One table per task and context. n is the number of prompts; “to full” is the mean"
            + " difference to full attention on the same prompts.");
    DataTables.write(out, rows);
    out.close().line();
    out.close().close().line().close().line();
  }

  private void header(String model) {
    out.open("header").element("p", "Attention policies compared", "class", "kicker");
    out.element("h1", model).open("dl");
    entry("Date", DATE.format(written));
    entry("Machine", different(RunInfo::machine));
    entry("Model file", "fingerprint " + runs.getFirst().modelFingerprint());
    if (runs.size() > 1) {
      entry("Merged", runs.size() + " folders, shards " + different(RunInfo::shard));
    }
    Map<String, TreeSet<String>> arguments = new TreeMap<>();
    for (RunInfo run : runs) {
      run.arguments()
          .forEach(
              (name, value) -> arguments.computeIfAbsent(name, _ -> new TreeSet<>()).add(value));
    }
    arguments.forEach((name, values) -> entry(name, String.join("; ", values).replace(",", ", ")));
    out.close().close().line();
  }

  private String different(Function<RunInfo, String> what) {
    return runs.stream().map(what).distinct().sorted().collect(Collectors.joining("; "));
  }

  private void entry(String name, String value) {
    out.open("div").element("dt", name).element("dd", value).close();
  }

  private void reading() {
    section("reading", "How to read this", "");
    out.open("ul");
    out.element(
        "li",
        "A decode step with full attention reads every earlier token. The other policies attend to"
            + " a budget of tokens per step; a budget of 64 at a context of 8192 is one token in"
            + " 128. Good ones stay at the dashed line of full attention with small budgets.");
    out.element(
        "li",
        "Every policy answers the same prompts, each read once. So a difference to full attention"
            + " is taken prompt by prompt, and bars show its 95 % interval (Student's t over the n"
            + " prompts; for perplexity over the differences of its logarithm). Bars say how far a"
            + " policy is from the dashed line, not how hard the task is. Where a bar is missing,"
            + " it is shorter than the marker, or there are fewer than three prompts, which say"
            + " nothing about an interval.");
    out.element(
        "li",
        "Where all n prompts come out the same as with full attention, the interval has no width."
            + " That is not certainty: a loss on up to about 3 in n prompts may go unseen.");
    out.element(
        "li",
        "Bytes read count keys, values and index of all layers, dense layers too. Speed is that of"
            + " a whole decode step on the machine above.");
    out.element(
        "li", "Point at a mark for its exact figures; the tables at the end have them all.");
    out.close().close().line();
  }

  private void charts() {
    var charts = new Charts(rows, policies);
    chartSection(
        "quality",
        "Quality against budget",
        "Share of full marks, larger is better. Points at one budget are set slightly apart so that"
            + " none hides another.",
        charts.scoreByBudget());
    chartSection(
        "perplexity",
        "Perplexity against budget",
        "How uncertain the model is about the next token of a text, smaller is better; both axes in"
            + " equal ratios.",
        charts.perplexityByBudget());
    chartSection(
        "loss",
        "Perplexity lost against budget",
        "The same, as a difference to full attention. The axis is stretched around zero, where"
            + " the good policies are.",
        charts.lossByBudget());
    chartSection(
        "bytes",
        "Quality against bytes read",
        "What quality costs: the keys, values and index that a decoded token has to read. Best is"
            + " the dashed line, far left.",
        charts.qualityByBytes());
    chartSection(
        "speed",
        "Speed against context",
        "Full attention's time per token divided by the policy's, pair by pair over all tasks."
            + " Above the dashed line a policy is faster.",
        new SpeedCharts(speedUps, policies).charts());
  }

  private void chartSection(String id, String title, String words, List<Chart> charts) {
    if (charts.isEmpty()) {
      return;
    }
    section(id, title, words);
    legend.write(out);
    out.open("div", "class", "charts").line();
    for (Chart chart : charts) {
      out.open("figure").element("figcaption", chart.title());
      ChartSvg.draw(out, chart);
      out.close().line();
    }
    out.close().close().line();
  }

  private void section(String id, String title, String words) {
    out.open("section", "id", id).element("h2", title);
    if (!words.isEmpty()) {
      out.element("p", words);
    }
  }
}
