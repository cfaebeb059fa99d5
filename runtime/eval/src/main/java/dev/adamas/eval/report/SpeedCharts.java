package dev.adamas.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** Speed-up against context, one chart per budget. */
final class SpeedCharts {

  private final List<SpeedUp> speedUps;
  private final List<String> policies;

  /**
   * Prepares charts.
   *
   * @param policies in the order of their styles, without full attention
   */
  SpeedCharts(List<SpeedUp> speedUps, List<String> policies) {
    this.speedUps = List.copyOf(speedUps);
    this.policies = List.copyOf(policies);
  }

  List<Chart> charts() {
    var budgets = new TreeSet<>(Budget.ORDER);
    speedUps.forEach(s -> budgets.add(s.budget()));
    return budgets.stream().map(this::chart).toList();
  }

  private Chart chart(String budget) {
    List<Chart.Series> series = new ArrayList<>();
    for (int style = 0; style < policies.size(); style++) {
      String policy = policies.get(style);
      List<Chart.Point> points =
          speedUps.stream()
              .filter(s -> s.budget().equals(budget) && s.policy().equals(policy))
              .map(SpeedCharts::point)
              .toList();
      if (!points.isEmpty()) {
        series.add(new Chart.Series(style, points));
      }
    }
    double[] contexts =
        series.stream().flatMap(s -> s.points().stream()).mapToDouble(Chart.Point::x).toArray();
    // One axis for all budgets: charts side by side can be compared.
    double[] heights = speedUps.stream().mapToDouble(s -> Math.exp(s.logarithm().mean())).toArray();
    return new Chart(
        Budget.tokens(budget).isPresent() ? "budget %s tokens".formatted(budget) : budget,
        Axes.ofTokens(
            "context, tokens",
            contexts,
            contexts,
            ChartSvg.LABEL_X,
            tokens -> Figures.tokens((int) Math.rint(tokens))),
        Axes.fromZero("decode speed, full attention = 1×", heights, v -> Figures.plain(v) + "×"),
        series,
        Optional.of(
            new Chart.Reference(
                1, List.of("full", "1×"), OptionalDouble.empty(), "full attention")),
        true);
  }

  private static Chart.Point point(SpeedUp speedUp) {
    Difference logarithm = speedUp.logarithm();
    double ratio = Math.exp(logarithm.mean());
    double low = logarithm.hasInterval() ? Math.exp(logarithm.low()) : ratio;
    double high = logarithm.hasInterval() ? Math.exp(logarithm.high()) : ratio;
    return new Chart.Point(
        speedUp.context(),
        ratio,
        low,
        high,
        "%s, budget %s, %s tokens\n%s the speed of full attention (%s)"
            .formatted(
                speedUp.policy(),
                speedUp.budget(),
                Figures.tokens(speedUp.context()),
                Figures.ratio(ratio),
                logarithm.hasInterval()
                    ? "95 %% interval %s to %s, n = %d"
                        .formatted(Figures.ratio(low), Figures.ratio(high), logarithm.pairs())
                    : Figures.pairs(logarithm)));
  }
}
