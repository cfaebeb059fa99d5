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
   * @param refines whether the second tier refines keys
   */
  record Step(
      int budget,
      double mass,
      int sinks,
      int recent,
      boolean correction,
      int secondTier,
      boolean refines) {}

  /**
   * What is known of every token before its key is read.
   *
   * @param ranking what tokens are ranked by, smaller is better
   * @param logits estimated logits, and how far each may be off in a backend
   */
  record Estimates(Scores ranking, Scores logits) {}

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
   * @param rankingLogit the logit that one unit of ranking is worth
   * @param exact exact logits
   * @param coarse estimates that candidates are chosen by
   * @param refined estimates of candidates, where keys are refined
   * @return empty where rounding decides what is selected; try another query
   */
  static Optional<Result> step(
      Step step,
      double rankingLogit,
      double[] exact,
      Estimates coarse,
      Estimates refined,
      double[][] values,
      ValueDefinition coded) {
    int n = exact.length;
    double[] rank = coarse.ranking.value().clone();
    double[] slack = coarse.ranking.slack().clone();
    int budget = Math.min(step.budget, n);
    if (step.mass < 1) {
      budget = Math.min(budget, massBudget(step, rank, slack, rankingLogit));
      if (budget == 0) {
        return Optional.empty();
      }
    }
    int[] all = IntStream.range(0, n).toArray();
    force(step, rank, slack);
    int[] order = order(all, rank);
    int second = Math.min(step.secondTier, n - budget);
    if (!clear(order, rank, slack, budget + second)) {
      return Optional.empty();
    }
    if (step.refines) {
      rank = refined.ranking.value().clone();
      slack = refined.ranking.slack().clone();
      force(step, rank, slack);
      order = order(Arrays.copyOf(order, budget + second), rank);
    }
    if (!clear(order, rank, slack, budget)) {
      return Optional.empty();
    }
    int[] selected = Arrays.copyOf(order, budget);
    int[] tier = Arrays.copyOfRange(order, budget, budget + second);
    return Optional.of(
        new TailWeights(step, exact, coarse.logits, refined.logits, selected, tier)
            .attend(values, coded));
  }

  private static void force(Step step, double[] rank, double[] slack) {
    for (int i = 0; i < rank.length; i++) {
      if (i < step.sinks || i >= rank.length - step.recent) {
        rank[i] = Double.NEGATIVE_INFINITY;
        slack[i] = 0;
      }
    }
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
    int[] order = order(IntStream.range(0, rank.length).toArray(), rank);
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

  private static int[] order(int[] tokens, double[] rank) {
    return Arrays.stream(tokens)
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
