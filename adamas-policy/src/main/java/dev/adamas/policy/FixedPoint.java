package dev.adamas.policy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Sums in fixed point, so that the order of what is added does not matter: numbers with 24 fraction
 * bits, in which every fp16 is exact, clamped at ±2<sup>17</sup>; squares with 30 fraction bits in
 * two words, clamped at 2<sup>33</sup>, beyond the square of the largest fp16. NaN counts as 0.
 *
 * <p>Whole numbers below 2<sup>53</sup> are exact in float64 too, and loops over those are made
 * vectors of; conversions to integers are not, on AVX2. Rows with a number beyond the limits are
 * added number by number.
 */
final class FixedPoint {

  private static final double UNIT = 1 << 24;
  private static final float LIMIT = 1 << 17;

  /** Rows whose sum stays below 2^53. */
  private static final int EXACT_ROWS = 1 << 12;

  private static final double SQUARE_UNIT = 1 << 30;
  private static final double SQUARE_LIMIT = 8.0 * (1 << 30);

  /** Numbers whose squares are below the limit. */
  private static final float SQUARE_ROOT_LIMIT = 1 << 16;

  private FixedPoint() {}

  /** Whether no number exceeds the limit, given the numbers' bits. */
  private static boolean within(int[] raw, int count, float limit) {
    int largest = 0;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, raw[i] & Integer.MAX_VALUE);
    }
    return largest <= Float.floatToRawIntBits(limit);
  }

  /**
   * Means of columns.
   *
   * @param rows float32 {@code [count][dim]}
   */
  static float[] means(MemorySegment rows, int count, int dim) {
    long[] sums = new long[dim];
    double[] exact = new double[dim];
    int block = Math.min(Buffers.rowsPerBlock(dim), EXACT_ROWS);
    float[] x = Buffers.floats(block * dim);
    int[] raw = Buffers.ints(block * dim);
    int pending = 0;
    for (int first = 0; first < count; first += block) {
      int n = Math.min(block, count - first);
      long offset = (long) first * dim * Float.BYTES;
      Buffers.read(rows, offset, x, n * dim);
      MemorySegment.copy(rows, Buffers.INT, offset, raw, 0, n * dim);
      if (pending + n > EXACT_ROWS) {
        carry(exact, sums);
        pending = 0;
      }
      if (within(raw, n * dim, LIMIT)) {
        for (int row = 0; row < n; row++) {
          add(x, row * dim, exact);
        }
        pending += n;
      } else {
        for (int i = 0; i < n * dim; i++) {
          sums[i % dim] += (long) Math.rint(Math.clamp((double) x[i], -LIMIT, LIMIT) * UNIT);
        }
      }
    }
    carry(exact, sums);
    float[] means = new float[dim];
    for (int j = 0; j < dim; j++) {
      means[j] = (float) (sums[j] / UNIT / count);
    }
    return means;
  }

  private static void add(float[] x, int from, double[] sums) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += Math.rint(x[from + j] * UNIT);
    }
  }

  private static void carry(double[] exact, long[] sums) {
    for (int j = 0; j < sums.length; j++) {
      sums[j] += (long) exact[j];
    }
    Arrays.fill(exact, 0);
  }
}
