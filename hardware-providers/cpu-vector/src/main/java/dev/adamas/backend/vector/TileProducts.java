package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * The two matrix products of attention with many query rows, over one tile of keys.
 *
 * <p>Lanes run over query rows: scores and weights are {@code [key][row]}, outputs {@code
 * [dimension][row]}. So the softmax needs no sum across lanes, and both products have one form:
 * rows of numbers of the cache, broadcast one by one, times a strip of two vectors of query rows.
 *
 * <p>Six rows by two vectors make 12 accumulators, which with two factors and a broadcast fill 15
 * of AVX2's 16 registers; 8 loads feed 12 multiply-adds, and the loop runs at the multipliers' peak
 * (Zen 3: 96 of 96 GFLOP/s, adding to what is there 95). The same loop over the columns of a
 * row-major value tile reached 42, as its address needs a multiplication per broadcast: values are
 * transposed first. Three vectors by four rows reached 26 to 44, because accumulators were spilled.
 */
final class TileProducts {

  /** Query rows in a strip: two vectors. */
  static final int STRIP = 2 * Lanes.L;

  private static final int SIX = 6;
  private static final int FOUR = 4;

  private TileProducts() {}

  /**
   * Scores of the keys of a tile: {@code scores[key][row] = Σ_j keys[key][j] · queries[j][row]}.
   *
   * @param keys {@code [Scratch.TILE][dim]}
   * @param count keys that matter; scores of others may be written, too
   * @param queries {@code [dim][STRIP]} from {@code q} on
   * @param scores {@code [Scratch.TILE][STRIP]}, written
   */
  static void scores(float[] keys, int count, int dim, float[] queries, int q, float[] scores) {
    int key = 0;
    for (; key < count && key + SIX <= Scratch.TILE; key += SIX) {
      multiplySix(keys, key * dim, dim, dim, queries, q, scores, key * STRIP);
    }
    if (key < count) {
      multiplyFour(keys, key * dim, dim, dim, queries, q, scores, key * STRIP);
    }
  }

  /**
   * Adds the tile's values to the outputs: {@code sums[j][row] += Σ_i values[j][i] ·
   * weights[i][row]}.
   *
   * @param values {@code [dim][pitch]}, transposed
   * @param count keys of the tile
   * @param weights {@code [count][STRIP]}
   * @param sums {@code [dim][STRIP]} from {@code to} on
   */
  static void add(
      float[] values, int pitch, int dim, int count, float[] weights, float[] sums, int to) {
    int j = 0;
    // Every supported dimension is a sum of sixes and one or two fours.
    for (; (dim - j) % SIX != 0; j += FOUR) {
      addFour(values, j * pitch, pitch, count, weights, 0, sums, to + j * STRIP);
    }
    for (; j < dim; j += SIX) {
      addSix(values, j * pitch, pitch, count, weights, 0, sums, to + j * STRIP);
    }
  }

  // products[i][row] = Σ_k left[l + i·pitch + k] · right[r + k·STRIP + row] for six or four rows i;
  // the add forms start from what is there.

  private static void multiplySix(
      float[] left, int l, int pitch, int count, float[] right, int r, float[] products, int to) {
    FloatVector a0 = FloatVector.zero(Lanes.F);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    FloatVector e0 = a0;
    FloatVector e1 = a0;
    FloatVector f0 = a0;
    FloatVector f1 = a0;
    int l1 = l + pitch;
    int l2 = l + 2 * pitch;
    int l3 = l + 3 * pitch;
    int l4 = l + 4 * pitch;
    int l5 = l + 5 * pitch;
    for (int i = 0; i < count; i++) {
      FloatVector x = FloatVector.fromArray(Lanes.F, right, r + i * STRIP);
      FloatVector y = FloatVector.fromArray(Lanes.F, right, r + i * STRIP + Lanes.L);
      FloatVector w = FloatVector.broadcast(Lanes.F, left[l + i]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      w = FloatVector.broadcast(Lanes.F, left[l1 + i]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      w = FloatVector.broadcast(Lanes.F, left[l2 + i]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      w = FloatVector.broadcast(Lanes.F, left[l3 + i]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
      w = FloatVector.broadcast(Lanes.F, left[l4 + i]);
      e0 = w.fma(x, e0);
      e1 = w.fma(y, e1);
      w = FloatVector.broadcast(Lanes.F, left[l5 + i]);
      f0 = w.fma(x, f0);
      f1 = w.fma(y, f1);
    }
    a0.intoArray(products, to);
    a1.intoArray(products, to + Lanes.L);
    b0.intoArray(products, to + 2 * Lanes.L);
    b1.intoArray(products, to + 3 * Lanes.L);
    c0.intoArray(products, to + 4 * Lanes.L);
    c1.intoArray(products, to + 5 * Lanes.L);
    d0.intoArray(products, to + 6 * Lanes.L);
    d1.intoArray(products, to + 7 * Lanes.L);
    e0.intoArray(products, to + 8 * Lanes.L);
    e1.intoArray(products, to + 9 * Lanes.L);
    f0.intoArray(products, to + 10 * Lanes.L);
    f1.intoArray(products, to + 11 * Lanes.L);
  }

  private static void multiplyFour(
      float[] left, int l, int pitch, int count, float[] right, int r, float[] products, int to) {
    FloatVector a0 = FloatVector.zero(Lanes.F);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    int l1 = l + pitch;
    int l2 = l + 2 * pitch;
    int l3 = l + 3 * pitch;
    for (int i = 0; i < count; i++) {
      FloatVector x = FloatVector.fromArray(Lanes.F, right, r + i * STRIP);
      FloatVector y = FloatVector.fromArray(Lanes.F, right, r + i * STRIP + Lanes.L);
      FloatVector w = FloatVector.broadcast(Lanes.F, left[l + i]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      w = FloatVector.broadcast(Lanes.F, left[l1 + i]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      w = FloatVector.broadcast(Lanes.F, left[l2 + i]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      w = FloatVector.broadcast(Lanes.F, left[l3 + i]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
    }
    a0.intoArray(products, to);
    a1.intoArray(products, to + Lanes.L);
    b0.intoArray(products, to + 2 * Lanes.L);
    b1.intoArray(products, to + 3 * Lanes.L);
    c0.intoArray(products, to + 4 * Lanes.L);
    c1.intoArray(products, to + 5 * Lanes.L);
    d0.intoArray(products, to + 6 * Lanes.L);
    d1.intoArray(products, to + 7 * Lanes.L);
  }

  private static void addSix(
      float[] left, int l, int pitch, int count, float[] right, int r, float[] sums, int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    FloatVector c0 = FloatVector.fromArray(Lanes.F, sums, to + 4 * Lanes.L);
    FloatVector c1 = FloatVector.fromArray(Lanes.F, sums, to + 5 * Lanes.L);
    FloatVector d0 = FloatVector.fromArray(Lanes.F, sums, to + 6 * Lanes.L);
    FloatVector d1 = FloatVector.fromArray(Lanes.F, sums, to + 7 * Lanes.L);
    FloatVector e0 = FloatVector.fromArray(Lanes.F, sums, to + 8 * Lanes.L);
    FloatVector e1 = FloatVector.fromArray(Lanes.F, sums, to + 9 * Lanes.L);
    FloatVector f0 = FloatVector.fromArray(Lanes.F, sums, to + 10 * Lanes.L);
    FloatVector f1 = FloatVector.fromArray(Lanes.F, sums, to + 11 * Lanes.L);
    int l1 = l + pitch;
    int l2 = l + 2 * pitch;
    int l3 = l + 3 * pitch;
    int l4 = l + 4 * pitch;
    int l5 = l + 5 * pitch;
    for (int i = 0; i < count; i++) {
      FloatVector x = FloatVector.fromArray(Lanes.F, right, r + i * STRIP);
      FloatVector y = FloatVector.fromArray(Lanes.F, right, r + i * STRIP + Lanes.L);
      FloatVector w = FloatVector.broadcast(Lanes.F, left[l + i]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      w = FloatVector.broadcast(Lanes.F, left[l1 + i]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      w = FloatVector.broadcast(Lanes.F, left[l2 + i]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      w = FloatVector.broadcast(Lanes.F, left[l3 + i]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
      w = FloatVector.broadcast(Lanes.F, left[l4 + i]);
      e0 = w.fma(x, e0);
      e1 = w.fma(y, e1);
      w = FloatVector.broadcast(Lanes.F, left[l5 + i]);
      f0 = w.fma(x, f0);
      f1 = w.fma(y, f1);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    b0.intoArray(sums, to + 2 * Lanes.L);
    b1.intoArray(sums, to + 3 * Lanes.L);
    c0.intoArray(sums, to + 4 * Lanes.L);
    c1.intoArray(sums, to + 5 * Lanes.L);
    d0.intoArray(sums, to + 6 * Lanes.L);
    d1.intoArray(sums, to + 7 * Lanes.L);
    e0.intoArray(sums, to + 8 * Lanes.L);
    e1.intoArray(sums, to + 9 * Lanes.L);
    f0.intoArray(sums, to + 10 * Lanes.L);
    f1.intoArray(sums, to + 11 * Lanes.L);
  }

  private static void addFour(
      float[] left, int l, int pitch, int count, float[] right, int r, float[] sums, int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    FloatVector c0 = FloatVector.fromArray(Lanes.F, sums, to + 4 * Lanes.L);
    FloatVector c1 = FloatVector.fromArray(Lanes.F, sums, to + 5 * Lanes.L);
    FloatVector d0 = FloatVector.fromArray(Lanes.F, sums, to + 6 * Lanes.L);
    FloatVector d1 = FloatVector.fromArray(Lanes.F, sums, to + 7 * Lanes.L);
    int l1 = l + pitch;
    int l2 = l + 2 * pitch;
    int l3 = l + 3 * pitch;
    for (int i = 0; i < count; i++) {
      FloatVector x = FloatVector.fromArray(Lanes.F, right, r + i * STRIP);
      FloatVector y = FloatVector.fromArray(Lanes.F, right, r + i * STRIP + Lanes.L);
      FloatVector w = FloatVector.broadcast(Lanes.F, left[l + i]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      w = FloatVector.broadcast(Lanes.F, left[l1 + i]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      w = FloatVector.broadcast(Lanes.F, left[l2 + i]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      w = FloatVector.broadcast(Lanes.F, left[l3 + i]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    b0.intoArray(sums, to + 2 * Lanes.L);
    b1.intoArray(sums, to + 3 * Lanes.L);
    c0.intoArray(sums, to + 4 * Lanes.L);
    c1.intoArray(sums, to + 5 * Lanes.L);
    d0.intoArray(sums, to + 6 * Lanes.L);
    d1.intoArray(sums, to + 7 * Lanes.L);
  }
}
