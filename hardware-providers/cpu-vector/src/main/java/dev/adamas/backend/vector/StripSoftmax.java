package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Online softmax of a strip of query rows over one tile of keys; lanes run over rows. */
final class StripSoftmax {

  private static final int STRIP = TileProducts.STRIP;

  private StripSoftmax() {}

  /**
   * Turns a tile's scores into weights relative to each row's largest score so far, and brings what
   * was summed before in line.
   *
   * @param scores {@code [count][STRIP]}, replaced by weights
   * @param weightExponent {@link NumberFormat#weightExponent}
   * @param largest largest score of each row, from {@code strip · STRIP} on
   * @param total sum of weights of each row, likewise
   * @param sums weighted values of the strip, {@code [dim][STRIP]} from {@code to} on
   * @param factors scratch, {@code [STRIP]}
   */
  static void tile(
      float[] scores,
      int count,
      float weightExponent,
      int strip,
      float[] largest,
      float[] total,
      float[] sums,
      int to,
      int dim,
      float[] factors) {
    int first = strip * STRIP;
    if (raise(scores, count, largest, first, total, factors)) {
      scale(sums, to, dim, factors);
    }
    for (int i = 0; i < STRIP; i += Lanes.L) {
      weights(scores, i, count, weightExponent, largest, total, first + i);
    }
  }

  /** Raises the largest scores; gives what earlier sums must be multiplied by, if any must. */
  private static boolean raise(
      float[] scores, int count, float[] largest, int first, float[] total, float[] factors) {
    FloatVector x = FloatVector.fromArray(Lanes.F, largest, first);
    FloatVector y = FloatVector.fromArray(Lanes.F, largest, first + Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = i * STRIP;
      x = Lanes.larger(x, FloatVector.fromArray(Lanes.F, scores, row));
      y = Lanes.larger(y, FloatVector.fromArray(Lanes.F, scores, row + Lanes.L));
    }
    x.intoArray(factors, 0);
    y.intoArray(factors, Lanes.L);
    boolean raised = false;
    for (int i = 0; i < STRIP; i += Lanes.L) {
      raised |= factor(factors, i, largest, total, first + i);
    }
    return raised;
  }

  private static boolean factor(float[] factors, int i, float[] largest, float[] total, int row) {
    FloatVector before = FloatVector.fromArray(Lanes.F, largest, row);
    FloatVector now = FloatVector.fromArray(Lanes.F, factors, i);
    FloatVector factor = Lanes.exp2(before.sub(now));
    now.intoArray(largest, row);
    factor.intoArray(factors, i);
    FloatVector.fromArray(Lanes.F, total, row).mul(factor).intoArray(total, row);
    return now.compare(VectorOperators.GT, before).anyTrue();
  }

  private static void scale(float[] sums, int to, int dim, float[] factors) {
    FloatVector x = FloatVector.fromArray(Lanes.F, factors, 0);
    FloatVector y = FloatVector.fromArray(Lanes.F, factors, Lanes.L);
    for (int j = 0; j < dim; j++) {
      int row = to + j * STRIP;
      FloatVector.fromArray(Lanes.F, sums, row).mul(x).intoArray(sums, row);
      row += Lanes.L;
      FloatVector.fromArray(Lanes.F, sums, row).mul(y).intoArray(sums, row);
    }
  }

  private static void weights(
      float[] scores,
      int column,
      int count,
      float weightExponent,
      float[] largest,
      float[] total,
      int row) {
    FloatVector shift = FloatVector.fromArray(Lanes.F, largest, row).sub(weightExponent);
    FloatVector sum = FloatVector.fromArray(Lanes.F, total, row);
    for (int i = 0; i < count; i++) {
      int at = i * STRIP + column;
      FloatVector weight = Lanes.exp2(FloatVector.fromArray(Lanes.F, scores, at).sub(shift));
      weight.intoArray(scores, at);
      sum = sum.add(weight);
    }
    sum.intoArray(total, row);
  }
}
