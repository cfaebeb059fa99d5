package dev.adamas.it.definitions;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One step of one query head under a plan with a tail, in double precision and over every token:
 * which tokens are selected, which make the second tier, and what comes out.
 */
final class TailDefinition {

  /**
   * What is asked for.
   *
   * @param budget selected tokens; at most these where {@code mass} is below 1
   * @param mass share of the estimated weights that the selected tokens hold; 1 for a fixed number
   * @param secondTier tokens of the second tier; 0 for none
   */
  record Step(int budget, double mass, int sinks, int recent, boolean correction, int secondTier) {}

  /** A result and how far rounding may have moved it in a backend. */
  static final class Result {
    final int[] selected;
    final double[] output;
    final double slack;

    Result(int[] selected, double[] output, double slack) {
      this.selected = selected;
      this.output = output;
      this.slack = slack;
    }
  }

  private TailDefinition() {}

  /**
   * Computes a step.
   *
   * @param ranking what tokens are ranked by, smaller is better
   * @param rankingLogit the logit that one unit of ranking is worth
   * @param exact exact logits
   * @param estimated estimated logits
   * @param estimatedSlack how far each may be off in a backend
   * @return empty where rounding decides what is selected; try another query
   */
  static Optional<Result> step(
      Step step,
      Scores ranking,
      double rankingLogit,
      double[] exact,
      double[] estimated,
      double[] estimatedSlack,
      double[][] values,
      ValueDefinition coded) {
    int n = exact.length;
    double[] rank = ranking.value().clone();
    double[] slack = ranking.slack().clone();
    int budget = Math.min(step.budget, n);
    if (step.mass < 1) {
      budget = Math.min(budget, massBudget(step, rank, slack, rankingLogit));
      if (budget == 0) {
        return Optional.empty();
      }
    }
    for (int i = 0; i < n; i++) {
      if (i < step.sinks || i >= n - step.recent) {
        rank[i] = Double.NEGATIVE_INFINITY;
        slack[i] = 0;
      }
    }
    int[] order = order(rank);
    int second = Math.min(step.secondTier, n - budget);
    if (!clear(order, rank, slack, budget) || !clear(order, rank, slack, budget + second)) {
      return Optional.empty();
    }
    boolean[] in = new boolean[n];
    for (int i = 0; i < budget; i++) {
      in[order[i]] = true;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      max = Math.max(max, in[i] ? exact[i] : estimated[i]);
    }
    double exactMass = 0;
    double estimatedMass = 0;
    double ratioSlack = 0;
    for (int i = 0; i < n; i++) {
      if (in[i]) {
        exactMass += Math.exp(exact[i] - max);
        estimatedMass += Math.exp(estimated[i] - max);
        ratioSlack = Math.max(ratioSlack, estimatedSlack[i]);
      }
    }
    double c = step.correction ? Math.max(0.2, Math.min(5, exactMass / estimatedMass)) : 1;
    int dim = values[0].length;
    double[] sum = new double[dim];
    double mass = 0;
    double moved = 0;
    double largest = 0;
    for (int i = 0; i < n; i++) {
      double weight = in[i] ? Math.exp(exact[i] - max) : c * Math.exp(estimated[i] - max);
      double[] row = in[i] ? values[i] : coded.base[i];
      mass += weight;
      for (int j = 0; j < dim; j++) {
        sum[j] += weight * row[j];
        largest = Math.max(largest, Math.abs(row[j]));
      }
      if (!in[i]) {
        moved += weight * (estimatedSlack[i] + (step.correction ? ratioSlack : 0)) * 2;
      }
    }
    double residualMoved = 0;
    for (int r = budget; r < budget + second; r++) {
      int i = order[r];
      double weight = c * Math.exp(estimated[i] - max);
      for (int j = 0; j < dim; j++) {
        sum[j] += weight * coded.residual[i][j];
        largest = Math.max(largest, Math.abs(coded.residual[i][j]));
      }
      residualMoved += weight * coded.slack[i];
    }
    double total = mass;
    return Optional.of(
        new Result(
            IntStream.range(0, n).filter(i -> in[i]).toArray(),
            Arrays.stream(sum).map(x -> x / total).toArray(),
            2e-4 + 2 * largest * moved / total + residualMoved / total));
  }

  /** Tokens that hold the mass, 0 where rounding decides how many. */
  private static int massBudget(Step step, double[] rank, double[] slack, double rankingLogit) {
    double[] weights = new double[rank.length];
    double total = 0;
    double massSlack = 0;
    for (int i = 0; i < rank.length; i++) {
      weights[i] = Math.exp(-rank[i] * rankingLogit);
      total += weights[i];
      massSlack += weights[i] * Math.expm1(slack[i] * rankingLogit + 5e-6);
    }
    int[] order = order(rank);
    double held = 0;
    int taken = 0;
    while (taken < Math.min(rank.length, step.budget) && held < step.mass * total) {
      held += weights[order[taken++]];
      if (Math.abs(held - step.mass * total) < massSlack) {
        return 0;
      }
    }
    return Math.max(1, taken);
  }

  private static int[] order(double[] rank) {
    return IntStream.range(0, rank.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> rank[i]).thenComparing(i -> i))
        .mapToInt(i -> i)
        .toArray();
  }

  /**
   * Whether rounding cannot change which tokens come first. Equal ranks come from equal keys, which
   * are equal in any precision: their order is that of their positions.
   */
  private static boolean clear(int[] order, double[] rank, double[] slack, int first) {
    if (first == 0 || first == order.length) {
      return true;
    }
    double last = rank[order[first - 1]];
    if (last == Double.NEGATIVE_INFINITY) {
      return true;
    }
    double lastSlack = slack[order[first - 1]];
    double highestIn = Double.NEGATIVE_INFINITY;
    double lowestOut = Double.POSITIVE_INFINITY;
    for (int i = 0; i < order.length; i++) {
      double value = rank[order[i]];
      if (i < first && value != last) {
        highestIn = Math.max(highestIn, value + slack[order[i]]);
      } else if (i >= first && value != last) {
        lowestOut = Math.min(lowestOut, value - slack[order[i]]);
      }
    }
    boolean tie = rank[order[first]] == last;
    return last + lastSlack < lowestOut
        && highestIn < lowestOut
        && (!tie || highestIn < last - lastSlack);
  }
}
