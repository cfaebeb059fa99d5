package dev.adamas.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The demo's results for people: a table, and below it what its times are made of. */
final class DemoTable {

  private static final String FULL = "full";

  /**
   * A line.
   *
   * @param denseLayers layers that attend to every token
   */
  record Line(Contestant.Result result, int denseLayers) {}

  private final List<Line> lines;
  private final int layers;
  private final Optional<Contestant.Result> full;

  /**
   * @param layers of the model
   */
  DemoTable(List<Line> lines, int layers) {
    this.lines = lines;
    this.layers = layers;
    full = lines.stream().map(Line::result).filter(r -> r.policy().equals(FULL)).findFirst();
  }

  void print(PrintStream out) {
    var table =
        new Table(
            List.of(
                new Table.Column("policy", Table.Align.LEFT),
                new Table.Column("budget", Table.Align.RIGHT),
                new Table.Column("answer", Table.Align.LEFT),
                new Table.Column("", Table.Align.LEFT),
                new Table.Column("decode ms/token", Table.Align.RIGHT),
                new Table.Column("attention ms/token", Table.Align.RIGHT),
                new Table.Column("KV read/token", Table.Align.RIGHT),
                new Table.Column("speed-up", Table.Align.RIGHT),
                new Table.Column("of attention", Table.Align.RIGHT)));
    for (Line line : lines) {
      Contestant.Result result = line.result();
      table.row(
          List.of(
              result.policy(),
              result.budget().map(Object::toString).orElse("all"),
              result.answer(),
              result.correct() ? "right" : "wrong",
              String.format(Locale.ROOT, "%.2f", result.decodeMsPerToken()),
              String.format(Locale.ROOT, "%.2f", result.attentionMsPerToken()),
              String.format(Locale.ROOT, "%.2f MB", result.kvBytesReadPerToken() / 1e6),
              full.map(f -> ratio(f.decodeMsPerToken(), result.decodeMsPerToken())).orElse("-"),
              full.map(f -> ratio(f.attentionMsPerToken(), result.attentionMsPerToken()))
                  .orElse("-")));
    }
    table.print(out);
    full.ifPresent(f -> explain(f, out));
  }

  /**
   * How much of the attention times is not the policies': their dense layers. A layer's share is
   * taken from {@code full}, whose layers all do the same.
   */
  private void explain(Contestant.Result of, PrintStream out) {
    double layerMs = of.attentionMsPerToken() / layers;
    lines.stream()
        .map(Line::denseLayers)
        .filter(dense -> dense > 0 && dense < layers)
        .distinct()
        .sorted()
        .forEach(
            dense ->
                out.printf(
                    Locale.ROOT,
                    "%n%d of %d layers stay dense and take about %.2f ms of the attention time.%n",
                    dense,
                    layers,
                    dense * layerMs));
  }

  private static String ratio(double full, double other) {
    return other > 0 ? String.format(Locale.ROOT, "%.2fx", full / other) : "-";
  }
}
