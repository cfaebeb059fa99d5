package dev.adamas.eval.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** The charts that rows give, one per task and context. Those with nothing to show are left out. */
final class Charts {

  private final List<List<Row>> panels;
  private final List<String> policies;

  /**
   * Prepares charts.
   *
   * @param policies in the order of their styles, without full attention
   */
  Charts(List<Row> rows, List<String> policies) {
    this.policies = List.copyOf(policies);
    var byTitle = new LinkedHashMap<String, List<Row>>();
    rows.forEach(row -> byTitle.computeIfAbsent(title(row), _ -> new ArrayList<>()).add(row));
    this.panels = List.copyOf(byTitle.values());
  }

  /** What the charts of a row are called. */
  static String title(Row row) {
    return "%s, %s tokens".formatted(row.task(), Figures.tokens(row.context()));
  }

  List<Chart> scoreByBudget() {
    return byBudget(Quality.SCORE);
  }

  List<Chart> perplexityByBudget() {
    return byBudget(Quality.PERPLEXITY);
  }

  List<Chart> lossByBudget() {
    return byBudget(Quality.LOSS);
  }

  List<Chart> qualityByBytes() {
    return Stream.of(Quality.LOSS, Quality.SCORE)
        .flatMap(
            quality ->
                panels(quality)
                    .flatMap(p -> chart(p, quality, Row::kvBytesReadPerToken, false).stream()))
        .toList();
  }

  private List<Chart> byBudget(Quality quality) {
    return panels(quality).flatMap(p -> chart(p, quality, Budget::place, true).stream()).toList();
  }

  private Stream<List<Row>> panels(Quality quality) {
    return panels.stream()
        .filter(panel -> panel.getFirst().isPerplexity() == (quality != Quality.SCORE));
  }

  private Optional<Chart> chart(
      List<Row> panel, Quality quality, ToDoubleFunction<Row> x, boolean byBudget) {
    List<Chart.Series> series = new ArrayList<>();
    for (int style = 0; style < policies.size(); style++) {
      String policy = policies.get(style);
      List<Chart.Point> points =
          panel.stream()
              .filter(row -> row.policy().equals(policy) && x.applyAsDouble(row) > 0)
              .sorted(Comparator.comparingDouble(Budget::place))
              .flatMap(row -> quality.point(row, x.applyAsDouble(row)).stream())
              .toList();
      if (!points.isEmpty()) {
        series.add(new Chart.Series(style, points));
      }
    }
    if (series.isEmpty()) {
      return Optional.empty();
    }
    Optional<Row> full = panel.stream().filter(Row::isFull).findFirst();
    return Optional.of(
        new Chart(
            title(panel.getFirst()),
            byBudget ? budgets(panel, series) : bytes(series, full),
            quality.axis(series, full),
            series,
            byBudget
                ? full.map(quality::reference)
                : full.map(f -> quality.reference(f).at(f.kvBytesReadPerToken())),
            byBudget));
  }

  private static Axis budgets(List<Row> panel, List<Chart.Series> series) {
    double[] asked =
        panel.stream()
            .filter(Budget::isAsAsked)
            .mapToDouble(Budget::place)
            .filter(tokens -> tokens > 0)
            .toArray();
    double[] places = places(series);
    return asked.length > 0
        ? Axes.ofTokens(
            "budget, tokens",
            places,
            asked,
            ChartSvg.LABEL_X,
            tokens -> Figures.format("%.0f", tokens))
        : Axes.logarithmic("tokens attended to, mean", places, ChartSvg.LABEL_X, Figures::plain);
  }

  private static Axis bytes(List<Chart.Series> series, Optional<Row> full) {
    double[] places =
        DoubleStream.concat(
                DoubleStream.of(places(series)),
                full.stream().mapToDouble(Row::kvBytesReadPerToken))
            .filter(bytes -> bytes > 0)
            .toArray();
    double most = DoubleStream.of(places).max().orElseThrow();
    double unit = most >= 1e9 ? 1e9 : most >= 1e6 ? 1e6 : most >= 1e3 ? 1e3 : 1;
    String name = most >= 1e9 ? "GB" : most >= 1e6 ? "MB" : most >= 1e3 ? "kB" : "bytes";
    return Axes.logarithmic(
        "keys, values and index read per token, " + name,
        places,
        ChartSvg.LABEL_X,
        bytes -> Figures.plain(bytes / unit));
  }

  private static double[] places(List<Chart.Series> series) {
    return series.stream().flatMap(s -> s.points().stream()).mapToDouble(Chart.Point::x).toArray();
  }
}
