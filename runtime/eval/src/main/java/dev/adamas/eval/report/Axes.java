package dev.adamas.eval.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;

/** Axes that fit given values, with ticks at round ones. */
final class Axes {

  /** Room around the outermost values, as a share of the axis. */
  private static final double PADDING = 0.06;

  /** Fewer do not show how an axis is divided. */
  private static final int FEWEST_TICKS = 3;

  /** So fine that there is a step wherever a label has room. */
  private static final int MANY_STEPS = 20;

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
    List<List<Double>> round =
        List.of(
            decades(new double[] {1, 2, 5}, scale.min(), scale.max()),
            round(scale.min(), scale.max(), MANY_STEPS));
    return new Axis(title, scale, ticks(enough(scale, best, values, round, least), label));
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

  /**
   * Tokens, in ratios.
   *
   * @param ticks where ticks are wanted first; as many of them as have room
   * @param least labels closer than this share of the axis are left out
   */
  static Axis ofTokens(
      String title, double[] values, double[] ticks, double least, DoubleFunction<String> label) {
    double min = DoubleStream.of(values).min().orElseThrow();
    double max = DoubleStream.of(values).max().orElseThrow();
    double room = Math.max(Math.log(max / min) * 0.08, min == max ? 0.5 : 0.05);
    var scale = new Scale.Logarithmic(min * Math.exp(-room), max * Math.exp(room));
    List<Double> candidates = Arrays.stream(ticks).sorted().distinct().boxed().toList();
    List<Double> steps = round(scale.min(), scale.max(), MANY_STEPS);
    List<List<Double>> round =
        List.of(
            doublings(scale.min(), scale.max()),
            steps.stream().filter(tokens -> tokens == Math.rint(tokens)).toList());
    List<Double> kept = thinned(scale, candidates, least);
    return new Axis(title, scale, ticks(enough(scale, kept, values, round, least), label));
  }

  /**
   * Adds ticks where fewer than {@value #FEWEST_TICKS} are left on an axis that has more than one
   * value: the values themselves, which say most, and then round ones. There are none between
   * neighbouring numbers of tokens.
   */
  private static List<Double> enough(
      Scale scale, List<Double> ticks, double[] values, List<List<Double>> round, double least) {
    List<Double> distinct = Arrays.stream(values).sorted().distinct().boxed().toList();
    List<Double> all = new ArrayList<>(ticks);
    if (all.size() < FEWEST_TICKS && distinct.size() > 1) {
      for (double value : distinct) {
        if (room(scale, all, value) >= least) {
          all.add(value);
        }
      }
      for (List<Double> candidates : round) {
        addWhereMostRoom(scale, all, candidates, least);
      }
    }
    return all.stream().sorted().toList();
  }

  private static void addWhereMostRoom(
      Scale scale, List<Double> ticks, List<Double> candidates, double least) {
    while (ticks.size() < FEWEST_TICKS) {
      Optional<Double> best =
          candidates.stream()
              .filter(v -> scale.at(v) >= 0 && scale.at(v) <= 1 && room(scale, ticks, v) >= least)
              .max(Comparator.comparingDouble(v -> room(scale, ticks, v)));
      if (best.isEmpty()) {
        return;
      }
      ticks.add(best.get());
    }
  }

  /** How far a value is from the nearest tick, as a share of the axis. */
  private static double room(Scale scale, List<Double> ticks, double value) {
    return ticks.stream()
        .mapToDouble(tick -> Math.abs(scale.at(tick) - scale.at(value)))
        .min()
        .orElse(1);
  }

  /** 1, 2, 3, 4, 6, 8, 12 and so on. */
  private static List<Double> doublings(double min, double max) {
    return DoubleStream.iterate(1, power -> power <= max, power -> 2 * power)
        .flatMap(power -> DoubleStream.of(power, 1.5 * power))
        .filter(v -> v >= min && v <= max && v == Math.rint(v))
        .boxed()
        .toList();
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
