package dev.adamas.model.tensor;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loop of the matrix product: 6 rows of weights times one panel of tokens.
 *
 * <p>12 accumulators, 2 vectors of tokens and 1 weight fill 15 of AVX2's 16 registers; per column 8
 * loads feed 12 multiply-adds, so the loop runs at the speed of the multipliers (88 to 96 % of 2
 * per cycle, Zen 3, 256 to 1536 columns). 4 rows by 3 vectors reached half of that, as did the same
 * loop unrolled twice: C2 then keeps accumulators in memory.
 */
final class Tile {
  static final int ROWS = 6;

  private Tile() {}

  /**
   * {@code y[row][token] = sum over columns of w[row][column] · x[column][token]}, each sum in the
   * order of the columns.
   *
   * @param w {@link #ROWS} rows of {@code columns} weights
   * @param x from {@code x0} on, {@code columns} rows of {@link Panels#WIDTH} tokens
   * @param y from {@code y0} on, {@link #ROWS} rows of tokens
   */
  static void multiply(float[] w, int columns, float[] x, int x0, float[] y, int y0) {
    FloatVector a0 = FloatVector.zero(Lanes.FLOAT);
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
    int w2 = 2 * columns;
    int w3 = 3 * columns;
    int w4 = 4 * columns;
    int w5 = 5 * columns;
    for (int i = 0; i < columns; i++) {
      FloatVector u = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i * Panels.WIDTH);
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, x0 + i * Panels.WIDTH + Lanes.COUNT);
      FloatVector s = FloatVector.broadcast(Lanes.FLOAT, w[i]);
      a0 = s.fma(u, a0);
      a1 = s.fma(v, a1);
      s = FloatVector.broadcast(Lanes.FLOAT, w[columns + i]);
      b0 = s.fma(u, b0);
      b1 = s.fma(v, b1);
      s = FloatVector.broadcast(Lanes.FLOAT, w[w2 + i]);
      c0 = s.fma(u, c0);
      c1 = s.fma(v, c1);
      s = FloatVector.broadcast(Lanes.FLOAT, w[w3 + i]);
      d0 = s.fma(u, d0);
      d1 = s.fma(v, d1);
      s = FloatVector.broadcast(Lanes.FLOAT, w[w4 + i]);
      e0 = s.fma(u, e0);
      e1 = s.fma(v, e1);
      s = FloatVector.broadcast(Lanes.FLOAT, w[w5 + i]);
      f0 = s.fma(u, f0);
      f1 = s.fma(v, f1);
    }
    a0.intoArray(y, y0);
    a1.intoArray(y, y0 + Lanes.COUNT);
    b0.intoArray(y, y0 + Panels.WIDTH);
    b1.intoArray(y, y0 + Panels.WIDTH + Lanes.COUNT);
    c0.intoArray(y, y0 + 2 * Panels.WIDTH);
    c1.intoArray(y, y0 + 2 * Panels.WIDTH + Lanes.COUNT);
    d0.intoArray(y, y0 + 3 * Panels.WIDTH);
    d1.intoArray(y, y0 + 3 * Panels.WIDTH + Lanes.COUNT);
    e0.intoArray(y, y0 + 4 * Panels.WIDTH);
    e1.intoArray(y, y0 + 4 * Panels.WIDTH + Lanes.COUNT);
    f0.intoArray(y, y0 + 5 * Panels.WIDTH);
    f1.intoArray(y, y0 + 5 * Panels.WIDTH + Lanes.COUNT);
  }
}
