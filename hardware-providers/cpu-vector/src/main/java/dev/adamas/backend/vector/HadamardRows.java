package dev.adamas.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * The butterflies of {@code hadamard@1} over rows, to the bit: pairs {@code (j, j + len)} for
 * {@code len = 1, 2, 4, …}. The multiplication at the end is left to the caller.
 *
 * <p>Inside a vector a level is a shuffle and one fused multiply-add by 1 and -1, which rounds as
 * the addition or subtraction does.
 */
final class HadamardRows {

  private static final int L = Lanes.L;

  private static final VectorShuffle<Float> SWAP_1 = Lanes.swap(1);
  private static final VectorShuffle<Float> SWAP_2 = Lanes.swap(2);
  private static final VectorShuffle<Float> SWAP_4 = Lanes.swap(4);
  private static final VectorShuffle<Float> SWAP_8 = Lanes.swap(8);
  private static final FloatVector SIGN_1 = signs(1);
  private static final FloatVector SIGN_2 = signs(2);
  private static final FloatVector SIGN_4 = signs(4);
  private static final FloatVector SIGN_8 = signs(8);

  private HadamardRows() {}

  /** -1 in lanes whose number has the bit. */
  private static FloatVector signs(int bit) {
    float[] signs = new float[L];
    for (int lane = 0; lane < L; lane++) {
      signs[lane] = (lane & bit) != 0 ? -1 : 1;
    }
    return FloatVector.fromArray(Lanes.F, signs, 0);
  }

  /**
   * All levels.
   *
   * @param rows {@code [count][dim]} from {@code from} on
   * @param dim a multiple of {@code 2·Lanes.L}
   * @param x {@code [count][size]}, written
   * @param size the power of two that rows are padded to
   */
  static void butterflies(float[] rows, int from, int count, int dim, float[] x, int size) {
    if (dim == size) {
      pairs(rows, from, count * dim, x, 0);
    } else {
      for (int i = 0; i < count; i++) {
        pairs(rows, from + i * dim, dim, x, i * size);
        Arrays.fill(x, i * size + dim, (i + 1) * size, 0);
      }
    }
    int len = 2 * L;
    for (; 4 * len <= size; len *= 4) {
      quarters(x, count * size, len);
    }
    if (len < size) {
      halves(x, count * size, len);
    }
  }

  /** The levels below {@code 2·L}; 31 Vector API calls. */
  private static void pairs(float[] rows, int from, int n, float[] x, int to) {
    for (int i = 0; i < n; i += 2 * L) {
      FloatVector a = lanes(FloatVector.fromArray(Lanes.F, rows, from + i));
      FloatVector b = lanes(FloatVector.fromArray(Lanes.F, rows, from + i + L));
      a.add(b).intoArray(x, to + i);
      a.sub(b).intoArray(x, to + i + L);
    }
  }

  private static FloatVector lanes(FloatVector v) {
    FloatVector x = v.fma(SIGN_1, v.rearrange(SWAP_1));
    x = x.fma(SIGN_2, x.rearrange(SWAP_2));
    if (L > 4) {
      x = x.fma(SIGN_4, x.rearrange(SWAP_4));
    }
    if (L > 8) {
      x = x.fma(SIGN_8, x.rearrange(SWAP_8));
    }
    return x;
  }

  /** The levels {@code len} and {@code 2·len}, over all groups of {@code 4·len} in one loop. */
  private static void quarters(float[] x, int n, int len) {
    for (int k = 0; k < n / 4; k += L) {
      int j = k + 3 * (k & -len);
      FloatVector a = FloatVector.fromArray(Lanes.F, x, j);
      FloatVector b = FloatVector.fromArray(Lanes.F, x, j + len);
      FloatVector c = FloatVector.fromArray(Lanes.F, x, j + 2 * len);
      FloatVector d = FloatVector.fromArray(Lanes.F, x, j + 3 * len);
      FloatVector e = a.add(b);
      FloatVector f = a.sub(b);
      FloatVector g = c.add(d);
      FloatVector h = c.sub(d);
      e.add(g).intoArray(x, j);
      f.add(h).intoArray(x, j + len);
      e.sub(g).intoArray(x, j + 2 * len);
      f.sub(h).intoArray(x, j + 3 * len);
    }
  }

  private static void halves(float[] x, int n, int len) {
    for (int k = 0; k < n / 2; k += L) {
      int j = k + (k & -len);
      FloatVector a = FloatVector.fromArray(Lanes.F, x, j);
      FloatVector b = FloatVector.fromArray(Lanes.F, x, j + len);
      a.add(b).intoArray(x, j);
      a.sub(b).intoArray(x, j + len);
    }
  }
}
