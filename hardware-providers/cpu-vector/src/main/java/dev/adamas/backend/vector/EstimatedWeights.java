package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights of estimated logits, {@code 2^(bias - slope · score)}: NaN and positive infinity weigh
 * nothing. Three instructions and an exponential for a vector of tokens, which are only added up:
 * the few weights that are needed one by one are computed again.
 */
final class EstimatedWeights {

  /** Tokens whose weights are added up together. */
  static final int GROUP = 64;

  private static final int VECTORS = GROUP / Lanes.L;

  private EstimatedWeights() {}

  /**
   * The smallest of some scores, ignoring NaN; positive infinity where there is none.
   *
   * @param count a multiple of the vector length
   */
  static float smallest(float[] scores, int at, int count) {
    FloatVector least = FloatVector.broadcast(Lanes.F, Float.POSITIVE_INFINITY);
    for (int i = 0; i < count; i += Lanes.L) {
      FloatVector score = FloatVector.fromArray(Lanes.F, scores, at + i);
      least = least.blend(score, score.compare(VectorOperators.LT, least));
    }
    return least.reduceLanes(VectorOperators.MIN);
  }

  /**
   * Sums of the weights of groups; no weight is above 1 by more than rounding.
   *
   * @param scores {@code [groups][GROUP]} from {@code at} on
   * @param groups a multiple of the vector length
   * @param lanes scratch, {@code [groups][Lanes.L]}
   * @param masses {@code [groups]} from {@code to} on, written
   */
  static void masses(
      float[] scores,
      int at,
      int groups,
      float slope,
      float bias,
      float[] lanes,
      float[] masses,
      int to) {
    for (int group = 0; group < groups; group++) {
      mass(scores, at + group * GROUP, slope, bias, lanes, group * Lanes.L);
    }
    Lanes.sums(lanes, 0, groups, masses, to);
  }

  private static void mass(float[] scores, int at, float slope, float bias, float[] lanes, int to) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int v = 0; v < VECTORS; v++) {
      FloatVector score = FloatVector.fromArray(Lanes.F, scores, at + v * Lanes.L);
      sum = sum.add(Lanes.exp2InRange(power(score, slope, bias)));
    }
    sum.intoArray(lanes, to);
  }

  /**
   * Replaces {@code count} scores by their weights.
   *
   * @param scores with room for whole vectors, what is there being overwritten
   */
  static void weigh(float[] scores, int at, int count, float slope, float bias) {
    for (int i = at; i < at + count; i += Lanes.L) {
      FloatVector x = power(FloatVector.fromArray(Lanes.F, scores, i), slope, bias);
      // Nothing that matters weighs more.
      x = x.blend(127f, x.compare(VectorOperators.GT, 127f));
      Lanes.exp2InRange(x).intoArray(scores, i);
    }
  }

  /**
   * The sum of some scores' weights, which replace them.
   *
   * @param scores with positive infinity up to a whole vector
   */
  static double sum(float[] scores, int at, int count, float slope, float bias) {
    int end = at + Lanes.roundUp(count, Lanes.L);
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int i = at; i < end; i += Lanes.L) {
      FloatVector x = power(FloatVector.fromArray(Lanes.F, scores, i), slope, bias);
      x = Lanes.exp2InRange(x.blend(127f, x.compare(VectorOperators.GT, 127f)));
      x.intoArray(scores, i);
      sum = sum.add(x);
    }
    return Lanes.sum(sum);
  }

  /** At least -127, also for NaN: the comparison is false then. */
  private static FloatVector power(FloatVector score, float slope, float bias) {
    FloatVector x = score.fma(-slope, bias);
    return FloatVector.broadcast(Lanes.F, -127f).blend(x, x.compare(VectorOperators.GT, -127f));
  }
}
