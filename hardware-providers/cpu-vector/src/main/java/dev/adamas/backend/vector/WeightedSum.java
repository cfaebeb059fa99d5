package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Sums of the rows of a value tile for a few heads: {@code sum[h] += Σ weight[h][i] · value[i]}.
 *
 * <p>Each method handles a panel of columns that keeps eight accumulators (four in the narrow ones)
 * in registers over all rows.
 */
final class WeightedSum {

  /** Columns of a pass. */
  private static final int PANEL = 4 * Lanes.L;

  private WeightedSum() {}

  /**
   * Some heads over all columns.
   *
   * @param weights {@code [heads][pitch]} from {@code w} on
   * @param sums {@code [heads][dim]} from {@code to} on
   */
  static void add(
      int heads,
      float[] values,
      int dim,
      int count,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int to) {
    for (int head = 0; head < heads; head += 2) {
      boolean pair = head + 1 < heads;
      int from = w + head * pitch;
      int sum = to + head * dim;
      int column = 0;
      for (; column + PANEL <= dim; column += PANEL) {
        if (pair) {
          two(values, column, dim, count, weights, from, pitch, sums, sum + column);
        } else {
          one(values, column, dim, count, weights, from, sums, sum + column);
        }
      }
      if (column < dim) {
        // Only 96 columns in vectors of 16 are no whole number of panels.
        narrow(values, column, dim, count, weights, from, sums, sum + column);
        if (pair) {
          narrow(values, column, dim, count, weights, from + pitch, sums, sum + dim + column);
        }
      }
    }
  }

  private static void narrow(
      float[] v, int column, int dim, int count, float[] weights, int w, float[] sums, int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = column + i * dim;
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      a0 = FloatVector.fromArray(Lanes.F, v, row).fma(weight, a0);
      a1 = FloatVector.fromArray(Lanes.F, v, row + Lanes.L).fma(weight, a1);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
  }

  private static void one(
      float[] v, int column, int dim, int count, float[] weights, int w, float[] sums, int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = column + i * dim;
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      a0 = FloatVector.fromArray(Lanes.F, v, row).fma(weight, a0);
      a1 = FloatVector.fromArray(Lanes.F, v, row + Lanes.L).fma(weight, a1);
      a2 = FloatVector.fromArray(Lanes.F, v, row + 2 * Lanes.L).fma(weight, a2);
      a3 = FloatVector.fromArray(Lanes.F, v, row + 3 * Lanes.L).fma(weight, a3);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    a2.intoArray(sums, to + 2 * Lanes.L);
    a3.intoArray(sums, to + 3 * Lanes.L);
  }

  private static void two(
      float[] v,
      int column,
      int dim,
      int count,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int to) {
    int to2 = to + dim;
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to2);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to2 + Lanes.L);
    FloatVector b2 = FloatVector.fromArray(Lanes.F, sums, to2 + 2 * Lanes.L);
    FloatVector b3 = FloatVector.fromArray(Lanes.F, sums, to2 + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = column + i * dim;
      FloatVector x = FloatVector.broadcast(Lanes.F, weights[w + i]);
      FloatVector y = FloatVector.broadcast(Lanes.F, weights[w + pitch + i]);
      FloatVector value = FloatVector.fromArray(Lanes.F, v, row);
      a0 = value.fma(x, a0);
      b0 = value.fma(y, b0);
      value = FloatVector.fromArray(Lanes.F, v, row + Lanes.L);
      a1 = value.fma(x, a1);
      b1 = value.fma(y, b1);
      value = FloatVector.fromArray(Lanes.F, v, row + 2 * Lanes.L);
      a2 = value.fma(x, a2);
      b2 = value.fma(y, b2);
      value = FloatVector.fromArray(Lanes.F, v, row + 3 * Lanes.L);
      a3 = value.fma(x, a3);
      b3 = value.fma(y, b3);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    a2.intoArray(sums, to + 2 * Lanes.L);
    a3.intoArray(sums, to + 3 * Lanes.L);
    b0.intoArray(sums, to2);
    b1.intoArray(sums, to2 + Lanes.L);
    b2.intoArray(sums, to2 + 2 * Lanes.L);
    b3.intoArray(sums, to2 + 3 * Lanes.L);
  }
}
