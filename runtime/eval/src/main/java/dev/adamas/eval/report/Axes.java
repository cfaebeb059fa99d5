package dev.adamas.eval.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;

/** Axes that fit given values, with ticks at round ones. */
final class Axes {

  /** Room around the outermost values, as a share of the axis. */
  private static final double PADDING = 0.06;

  private Axes() {}

  /** From 0 to 1, or as far as values go beyond. */
  static Axis shares(String title, double[] values) {
    double min = Math.min(0, DoubleStream.of(values).min().orElse(0));
    double max = Math.max(1, DoubleStream.of(values).max().orElse(1));
    double room = 0.04 * (max - min);
    return new Axis(
        title,
        new Scale.Linear(min - room, max + room),
        ticks(round(min, max, 5), v -> Figures.format("%.0f %%", 100 * v)));
  }

  /** From 0 to the largest value. */
  static Axis fromZero(String title, double[] values, DoubleFunction<String> label) {
    double max = Math.max(1, DoubleStream.of(values).max().orElse(1)) * (1 + PADDING);
    return new Axis(title, new Scale.Linear(0, max), ticks(round(0, max, 5), label));
  }

  /**
   * Ratios in equal steps, over positive values.
   *
   * @param least labels closer than this share of the axis are left out
   */
  static Axis logarithmic(
      String title, double[] values, double least, DoubleFunction<String> label) {
    double min = DoubleStream.of(values).min().orElseThrow();
    double max = DoubleStream.of(values).max().orElseThrow();
    double room = Math.max(Math.log(max / min) * PADDING, 0.02);
    var scale = new Scale.Logarithmic(min * Math.exp(-room), max * Math.exp(room));
    List<Double> best = List.of();
    for (double[] digits : new double[][] {{1, 2, 5}, {1, 3}, {1}}) {
      List<Double> candidates = decades(digits, scale.min(), scale.max());
      if (candidates.size() >= 3 && narrowest(scale, candidates) >= least) {
        best = candidates;
        break;
      }
    }
    if (best.isEmpty()) { // less than a decade or so: round steps are better labels
      best = thinned(scale, round(scale.min(), scale.max(), 5), least);
    }
    return new Axis(title, scale, ticks(best, label));
  }

  /** Per cent around zero: linear within one, logarithmic beyond. */
  static Axis percentAroundZero(String title, double[] values, double least) {
    double min = Math.min(-0.5, DoubleStream.of(values).min().orElse(0));
    double max = Math.max(2, DoubleStream.of(values).max().orElse(2));
    var scale = new Scale.Symmetric(min * 1.25, max * 1.25, 0.5);
    List<Double> best = List.of();
    for (double[] digits : new double[][] {{1, 2, 5}, {1, 3}, {1}}) {
      List<Double> candidates = new ArrayList<>();
      decades(digits, 0.5, -scale.min()).reversed().forEach(v -> candidates.add(-v));
      candidates.add(0.0);
      candidates.addAll(decades(digits, 0.5, scale.max()));
      best = candidates;
      if (narrowest(scale, candidates) >= least) {
        break;
      }
    }
    return new Axis(title, scale, ticks(thinned(scale, best, least), Axes::signedPercent));
  }

  /** The values themselves are the ticks, in ratios; as many of them as have room. */
  static Axis ofValues(
      String title, double[] values, double[] ticks, double least, DoubleFunction<String> label) {
    double min = DoubleStream.of(values).min().orElseThrow();
    double max = DoubleStream.of(values).max().orElseThrow();
    double room = Math.max(Math.log(max / min) * 0.08, min == max ? 0.5 : 0.05);
    var scale = new Scale.Logarithmic(min * Math.exp(-room), max * Math.exp(room));
    List<Double> candidates = Arrays.stream(ticks).sorted().distinct().boxed().toList();
    return new Axis(title, scale, ticks(thinned(scale, candidates, least), label));
  }

  private static String signedPercent(double value) {
    String digits = Math.abs(value) < 1 && value != 0 ? "%+.1f %%" : "%+.0f %%";
    return value == 0 ? "0 %" : Figures.format(digits, value).replace('-', '−');
  }

  private static List<Axis.Tick> ticks(List<Double> values, DoubleFunction<String> label) {
    return values.stream().map(v -> new Axis.Tick(v, label.apply(v))).toList();
  }

  /** Multiples of a round step, at most about {@code count} of them. */
  static List<Double> round(double min, double max, int count) {
    double raw = (max - min) / count;
    double decade = Math.pow(10, Math.floor(Math.log10(raw)));
    double step = decade * 10;
    for (double factor : new double[] {1, 2, 2.5, 5}) {
      if (decade * factor >= raw * (1 - 1e-9)) {
        step = decade * factor;
        break;
      }
    }
    List<Double> values = new ArrayList<>();
    for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) {
      values.add(i * step);
    }
    return values;
  }

  private static List<Double> decades(double[] digits, double min, double max) {
    List<Double> values = new ArrayList<>();
    if (max < min) {
      return values;
    }
    for (double decade = Math.pow(10, Math.floor(Math.log10(min))); decade <= max; decade *= 10) {
      for (double digit : digits) {
        if (decade * digit >= min && decade * digit <= max) {
          values.add(decade * digit);
        }
      }
    }
    return values;
  }

  private static double narrowest(Scale scale, List<Double> values) {
    double narrowest = 1;
    for (int i = 1; i < values.size(); i++) {
      narrowest = Math.min(narrowest, scale.at(values.get(i)) - scale.at(values.get(i - 1)));
    }
    return narrowest;
  }

  private static List<Double> thinned(Scale scale, List<Double> values, double least) {
    List<Double> kept = new ArrayList<>();
    for (double value : values) {
      if (kept.isEmpty() || scale.at(value) - scale.at(kept.getLast()) >= least) {
        kept.add(value);
      }
    }
    return kept;
  }
}
