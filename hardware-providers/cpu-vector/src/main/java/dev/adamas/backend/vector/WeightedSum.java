package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Sums of the rows of a value tile for a few heads: {@code sum[h] += Σ weight[h][i] · value[i]}.
 *
 * <p>Each method handles a panel of columns that keeps eight accumulators (four in the narrow ones)
 * in registers over all rows.
 */
final class WeightedSum {

  private WeightedSum() {}

  /**
   * One, two or four heads over all columns.
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
    int wide = 4 * Lanes.L;
    int column = 0;
    if (heads == 4) {
      for (; column < dim; column += wide / 2) {
        four(values, column, dim, count, weights, w, pitch, sums, to + column);
      }
      return;
    }
    for (; column + wide <= dim; column += wide) {
      if (heads == 2) {
        two(values, column, dim, count, weights, w, pitch, sums, to + column);
      } else {
        one(values, column, dim, count, weights, w, sums, to + column);
      }
    }
    // Only 96 columns in vectors of 16 leave such a rest.
    for (; column < dim; column += wide / 2) {
      for (int head = 0; head < heads; head++) {
        narrow(
            values, column, dim, count, weights, w + head * pitch, sums, to + head * dim + column);
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

  private static void four(
      float[] v,
      int column,
      int dim,
      int count,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to + dim);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to + dim + Lanes.L);
    FloatVector c0 = FloatVector.fromArray(Lanes.F, sums, to + 2 * dim);
    FloatVector c1 = FloatVector.fromArray(Lanes.F, sums, to + 2 * dim + Lanes.L);
    FloatVector d0 = FloatVector.fromArray(Lanes.F, sums, to + 3 * dim);
    FloatVector d1 = FloatVector.fromArray(Lanes.F, sums, to + 3 * dim + Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = column + i * dim;
      FloatVector left = FloatVector.fromArray(Lanes.F, v, row);
      FloatVector right = FloatVector.fromArray(Lanes.F, v, row + Lanes.L);
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      a0 = left.fma(weight, a0);
      a1 = right.fma(weight, a1);
      weight = FloatVector.broadcast(Lanes.F, weights[w + pitch + i]);
      b0 = left.fma(weight, b0);
      b1 = right.fma(weight, b1);
      weight = FloatVector.broadcast(Lanes.F, weights[w + 2 * pitch + i]);
      c0 = left.fma(weight, c0);
      c1 = right.fma(weight, c1);
      weight = FloatVector.broadcast(Lanes.F, weights[w + 3 * pitch + i]);
      d0 = left.fma(weight, d0);
      d1 = right.fma(weight, d1);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    b0.intoArray(sums, to + dim);
    b1.intoArray(sums, to + dim + Lanes.L);
    c0.intoArray(sums, to + 2 * dim);
    c1.intoArray(sums, to + 2 * dim + Lanes.L);
    d0.intoArray(sums, to + 3 * dim);
    d1.intoArray(sums, to + 3 * dim + Lanes.L);
  }
}
