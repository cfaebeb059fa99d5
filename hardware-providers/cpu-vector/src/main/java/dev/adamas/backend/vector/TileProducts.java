package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * The two matrix products of attention with many query rows, over one tile of keys.
 *
 * <p>Lanes run over query rows: scores are kept as {@code [key][row]} and outputs as {@code
 * [dimension][row]}. So neither keys nor values are transposed, the softmax needs no sum across
 * lanes, and both products are the same register tile: 4 numbers of the cache, broadcast, times 3
 * vectors of rows, 12 accumulators in 16 registers. Twelve multiply-adds cost seven loads.
 */
final class TileProducts {

  /** Query rows in a strip. */
  static final int STRIP = 3 * Lanes.L;

  /** Keys or dimensions that one call handles. */
  static final int QUAD = 4;

  private TileProducts() {}

  /**
   * Scores of four keys: {@code scores[i][row] = Σ_j keys[i][j] · queries[j][row]}.
   *
   * @param keys four rows of {@code dim} floats from {@code key} on
   * @param queries {@code [dim][STRIP]} from {@code q} on
   * @param scores {@code [4][STRIP]} from {@code to} on, written
   */
  static void scores(
      float[] keys, int key, int dim, float[] queries, int q, float[] scores, int to) {
    FloatVector a0 = FloatVector.zero(Lanes.F);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector c2 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    FloatVector d2 = a0;
    for (int j = 0; j < dim; j++) {
      int row = q + j * STRIP;
      FloatVector x = FloatVector.fromArray(Lanes.F, queries, row);
      FloatVector y = FloatVector.fromArray(Lanes.F, queries, row + Lanes.L);
      FloatVector z = FloatVector.fromArray(Lanes.F, queries, row + 2 * Lanes.L);
      int at = key + j;
      FloatVector w = FloatVector.broadcast(Lanes.F, keys[at]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      a2 = w.fma(z, a2);
      w = FloatVector.broadcast(Lanes.F, keys[at + dim]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      b2 = w.fma(z, b2);
      w = FloatVector.broadcast(Lanes.F, keys[at + 2 * dim]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      c2 = w.fma(z, c2);
      w = FloatVector.broadcast(Lanes.F, keys[at + 3 * dim]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
      d2 = w.fma(z, d2);
    }
    a0.intoArray(scores, to);
    a1.intoArray(scores, to + Lanes.L);
    a2.intoArray(scores, to + 2 * Lanes.L);
    b0.intoArray(scores, to + STRIP);
    b1.intoArray(scores, to + STRIP + Lanes.L);
    b2.intoArray(scores, to + STRIP + 2 * Lanes.L);
    c0.intoArray(scores, to + 2 * STRIP);
    c1.intoArray(scores, to + 2 * STRIP + Lanes.L);
    c2.intoArray(scores, to + 2 * STRIP + 2 * Lanes.L);
    d0.intoArray(scores, to + 3 * STRIP);
    d1.intoArray(scores, to + 3 * STRIP + Lanes.L);
    d2.intoArray(scores, to + 3 * STRIP + 2 * Lanes.L);
  }

  /**
   * Adds the tile's values to four dimensions of the outputs: {@code sums[j][row] += Σ_i
   * values[i][j] · weights[i][row]}.
   *
   * @param values {@code [count][dim]}, read from column {@code column} on
   * @param weights {@code [count][STRIP]}
   * @param sums {@code [4][STRIP]} from {@code to} on
   */
  static void add(
      float[] values, int column, int dim, int count, float[] weights, float[] sums, int to) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to + STRIP);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to + STRIP + Lanes.L);
    FloatVector b2 = FloatVector.fromArray(Lanes.F, sums, to + STRIP + 2 * Lanes.L);
    FloatVector c0 = FloatVector.fromArray(Lanes.F, sums, to + 2 * STRIP);
    FloatVector c1 = FloatVector.fromArray(Lanes.F, sums, to + 2 * STRIP + Lanes.L);
    FloatVector c2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * STRIP + 2 * Lanes.L);
    FloatVector d0 = FloatVector.fromArray(Lanes.F, sums, to + 3 * STRIP);
    FloatVector d1 = FloatVector.fromArray(Lanes.F, sums, to + 3 * STRIP + Lanes.L);
    FloatVector d2 = FloatVector.fromArray(Lanes.F, sums, to + 3 * STRIP + 2 * Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = i * STRIP;
      FloatVector x = FloatVector.fromArray(Lanes.F, weights, row);
      FloatVector y = FloatVector.fromArray(Lanes.F, weights, row + Lanes.L);
      FloatVector z = FloatVector.fromArray(Lanes.F, weights, row + 2 * Lanes.L);
      int at = column + i * dim;
      FloatVector w = FloatVector.broadcast(Lanes.F, values[at]);
      a0 = w.fma(x, a0);
      a1 = w.fma(y, a1);
      a2 = w.fma(z, a2);
      w = FloatVector.broadcast(Lanes.F, values[at + 1]);
      b0 = w.fma(x, b0);
      b1 = w.fma(y, b1);
      b2 = w.fma(z, b2);
      w = FloatVector.broadcast(Lanes.F, values[at + 2]);
      c0 = w.fma(x, c0);
      c1 = w.fma(y, c1);
      c2 = w.fma(z, c2);
      w = FloatVector.broadcast(Lanes.F, values[at + 3]);
      d0 = w.fma(x, d0);
      d1 = w.fma(y, d1);
      d2 = w.fma(z, d2);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    a2.intoArray(sums, to + 2 * Lanes.L);
    b0.intoArray(sums, to + STRIP);
    b1.intoArray(sums, to + STRIP + Lanes.L);
    b2.intoArray(sums, to + STRIP + 2 * Lanes.L);
    c0.intoArray(sums, to + 2 * STRIP);
    c1.intoArray(sums, to + 2 * STRIP + Lanes.L);
    c2.intoArray(sums, to + 2 * STRIP + 2 * Lanes.L);
    d0.intoArray(sums, to + 3 * STRIP);
    d1.intoArray(sums, to + 3 * STRIP + Lanes.L);
    d2.intoArray(sums, to + 3 * STRIP + 2 * Lanes.L);
  }
}
