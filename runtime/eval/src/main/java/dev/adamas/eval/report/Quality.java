package dev.adamas.eval.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Ways of showing how good a row is, on a vertical axis. */
enum Quality {
  /** The score, a share. */
  SCORE {
    @Override
    Optional<Chart.Point> point(Row row, double x) {
      double mean = row.difference().map(Difference::mean).orElse(0.0);
      return Optional.of(
          placed(
              row,
              x,
              row.score(),
              Math.max(row.score() + end(row, Difference::low) - mean, Math.min(0, row.score())),
              Math.min(row.score() + end(row, Difference::high) - mean, Math.max(1, row.score()))));
    }

    @Override
    Axis axis(List<Chart.Series> series, Optional<Row> full) {
      return Axes.shares("score", heights(series, full.map(Row::score)));
    }

    @Override
    Chart.Reference reference(Row full) {
      return new Chart.Reference(
          full.score(),
          List.of("full", Figures.plain(100 * full.score()) + " %"),
          OptionalDouble.empty(),
          describe(full));
    }
  },

  /** The perplexity, in ratios. */
  PERPLEXITY {
    @Override
    Optional<Chart.Point> point(Row row, double x) {
      double mean = row.difference().map(Difference::mean).orElse(0.0);
      return Optional.of(
          placed(
              row,
              x,
              row.score(),
              row.score() * Math.exp(end(row, Difference::low) - mean),
              row.score() * Math.exp(end(row, Difference::high) - mean)));
    }

    @Override
    Axis axis(List<Chart.Series> series, Optional<Row> full) {
      return Axes.logarithmic(
          "perplexity, smaller is better",
          heights(series, full.map(Row::score)),
          ChartSvg.LABEL_Y,
          Figures::plain);
    }

    @Override
    Chart.Reference reference(Row full) {
      return new Chart.Reference(
          full.score(),
          List.of("full", Figures.perplexity(full.score())),
          OptionalDouble.empty(),
          describe(full));
    }
  },

  /** By how much the perplexity is above full attention's, in per cent. */
  LOSS {
    @Override
    Optional<Chart.Point> point(Row row, double x) {
      return row.difference()
          .map(
              d ->
                  placed(
                      row,
                      x,
                      percent(d.mean()),
                      percent(end(row, Difference::low)),
                      percent(end(row, Difference::high))));
    }

    @Override
    Axis axis(List<Chart.Series> series, Optional<Row> full) {
      double[] heights = heights(series, Optional.empty());
      double least = DoubleStream.of(heights).min().orElse(0) - 1;
      double most = DoubleStream.of(heights).max().orElse(0) * 1.5 + 1;
      double[] ends =
          series.stream()
              .flatMap(s -> s.points().stream())
              .flatMapToDouble(p -> DoubleStream.of(p.low(), p.high()))
              .map(end -> Math.clamp(end, least, most))
              .toArray();
      return Axes.percentAroundZero("perplexity above full attention", ends, ChartSvg.LABEL_Y);
    }

    @Override
    Chart.Reference reference(Row full) {
      return new Chart.Reference(0, List.of("full"), OptionalDouble.empty(), describe(full));
    }
  };

  /** Where a row lies, with its interval; empty where this cannot be said. */
  abstract Optional<Chart.Point> point(Row row, double x);

  /** An axis on which all points and full attention have their place. */
  abstract Axis axis(List<Chart.Series> series, Optional<Row> full);

  /** The line of full attention. */
  abstract Chart.Reference reference(Row full);

  private static double percent(double logarithm) {
    return 100 * Math.expm1(logarithm);
  }

  private static double end(Row row, ToDoubleFunction<Difference> end) {
    return row.difference().map(d -> d.hasInterval() ? end.applyAsDouble(d) : d.mean()).orElse(0.0);
  }

  private static Chart.Point placed(Row row, double x, double y, double low, double high) {
    return new Chart.Point(x, y, low, high, describe(row));
  }

  private static double[] heights(List<Chart.Series> series, Optional<Double> reference) {
    return DoubleStream.concat(
            series.stream().flatMap(s -> s.points().stream()).mapToDouble(Chart.Point::y),
            reference.stream().mapToDouble(Double::doubleValue))
        .toArray();
  }

  /** The exact figures of a row. */
  static String describe(Row row) {
    var text = new StringBuilder(row.policy());
    if (!row.isFull()) {
      text.append(", budget ").append(Figures.budget(row));
    }
    text.append("\n").append(row.isPerplexity() ? "perplexity " : "score ");
    text.append(Figures.score(row, row.score()));
    row.difference()
        .ifPresent(
            d ->
                text.append("\n")
                    .append(Figures.difference(row, d.mean()))
                    .append(" against full (")
                    .append(
                        d.hasInterval()
                            ? "95 %% interval %s, n = %d"
                                .formatted(Figures.interval(row, d), d.pairs())
                            : Figures.pairs(d))
                    .append(")"));
    return text.append("\n")
        .append(Figures.bytes(row.kvBytesReadPerToken()))
        .append(" of KV and ")
        .append(Figures.milliseconds(row.decodeMsPerToken()))
        .append(" ms per token, ")
        .append(row.samples())
        .append(row.samples() == 1 ? " sample" : " samples")
        .toString();
  }
}
