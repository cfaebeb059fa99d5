package dev.adamas.it.definitions;

import java.util.Arrays;

/** What comes out of a step whose selected tokens and second tier are known. */
final class TailWeights {

  private final TailDefinition.Step step;
  private final double[] exact;
  private final Scores coarse;
  private final Scores refined;
  private final int[] selected;
  private final int[] tier;
  private final double max;

  /**
   * Of one query head.
   *
   * @param exact exact logits
   * @param coarse estimated logits
   * @param refined better ones of the second tier, where the step refines keys
   */
  TailWeights(
      TailDefinition.Step step,
      double[] exact,
      Scores coarse,
      Scores refined,
      int[] selected,
      int[] tier) {
    this.step = step;
    this.exact = exact;
    this.coarse = coarse;
    this.refined = refined;
    this.selected = selected;
    this.tier = tier;
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < exact.length; i++) {
      max = Math.max(max, Math.max(exact[i], coarse.value()[i]));
    }
    this.max = max;
  }

  /** A sum of weights, and how much rounding may move it, as a share. */
  private record Mass(double sum, double moved) {}

  private Mass mass(int[] tokens, double[] logits, double[] slack) {
    double sum = 0;
    double moved = 0;
    for (int i : tokens) {
      double weight = Math.exp(logits[i] - max);
      sum += weight;
      moved += weight * Math.expm1(slack[i]);
    }
    return new Mass(sum, sum == 0 ? 0 : moved / sum);
  }

  /** What estimated weights are multiplied with. */
  private Mass correction() {
    int[] tokens = step.refines() ? tier : selected;
    if (!step.correction() || tokens.length == 0) {
      return new Mass(1, 0);
    }
    Mass known =
        step.refines()
            ? mass(tokens, refined.value(), refined.slack())
            : mass(tokens, exact, new double[exact.length]);
    Mass estimated = mass(tokens, coarse.value(), coarse.slack());
    return new Mass(
        Math.max(0.2, Math.min(5, known.sum / estimated.sum)), known.moved + estimated.moved);
  }

  /** Attends to values, the tail's by their codes. */
  TailDefinition.Result attend(double[][] values, ValueDefinition coded) {
    int n = exact.length;
    Mass c = correction();
    double[] weights = new double[n];
    double[] off = new double[n];
    for (int i = 0; i < n; i++) {
      weights[i] = c.sum * Math.exp(coarse.value()[i] - max);
      off[i] = Math.expm1(coarse.slack()[i]) + c.moved;
    }
    for (int i : tier) {
      if (step.refines()) {
        weights[i] = Math.exp(refined.value()[i] - max);
        off[i] = Math.expm1(refined.slack()[i]);
      }
    }
    double[][] rows = coded.base.clone();
    for (int i : selected) {
      weights[i] = Math.exp(exact[i] - max);
      off[i] = 0;
      rows[i] = values[i];
    }
    double[] sum = new double[values[0].length];
    double largest = 0;
    double residualMoved = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, add(weights[i], rows[i], sum));
    }
    for (int i : tier) {
      largest = Math.max(largest, add(weights[i], coded.residual[i], sum));
      residualMoved += weights[i] * coded.slack[i];
    }
    double total = Arrays.stream(weights).sum();
    double moved = Definition.dot(weights, off);
    return new TailDefinition.Result(
        Arrays.stream(selected).sorted().toArray(),
        Arrays.stream(sum).map(x -> x / total).toArray(),
        2e-4 + 4 * largest * moved / total + residualMoved / total);
  }

  /** Adds a weighted row; returns its largest magnitude. */
  private static double add(double weight, double[] row, double[] sum) {
    double largest = 0;
    for (int j = 0; j < row.length; j++) {
      sum[j] += weight * row[j];
      largest = Math.max(largest, Math.abs(row[j]));
    }
    return largest;
  }
}
