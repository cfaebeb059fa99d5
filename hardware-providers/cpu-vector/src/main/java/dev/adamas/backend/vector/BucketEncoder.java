package dev.adamas.backend.vector;

import dev.adamas.api.Buckets;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows to codes of two bits through {@code hadamard@1}, bit for bit as the stages do it. One
 * encoder serves one worker.
 *
 * <p>Each step is a loop of its own over a few rows that stay in the nearest cache: in one loop
 * they would have more Vector API calls than C2 turns into instructions, and sums of rows in index
 * order, one chain of additions each, would not overlap.
 */
final class BucketEncoder {

  /** Rows of a pass. */
  private static final int ROWS = 16;

  private static final int L = Lanes.L;
  private static final int PARTS = PartialSums.PARTS;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final int dim;
  private final int size;
  private final float factor;
  private final float[] x;
  private final float[] partial = new float[ROWS * PARTS];
  private final float[] squares = new float[ROWS];
  private final float[] scales = new float[ROWS];
  private final float[] first = new float[ROWS];
  private final float[] second = new float[ROWS];
  private final float[] third = new float[ROWS];

  /**
   * An encoder.
   *
   * @param dim coordinates of a row
   * @param size coordinates of a transformed row, a multiple of 64
   */
  BucketEncoder(int dim, int size) {
    this.dim = dim;
    this.size = size;
    factor = (float) (1 / Math.sqrt(size));
    x = new float[ROWS * size];
  }

  /** Bytes of a code. */
  private int codeBytes(BucketCuts cuts) {
    return 2 * size / Byte.SIZE + (cuts.scaled() ? Short.BYTES : 0);
  }

  /**
   * Encodes rows.
   *
   * @param rows {@code [count][dim]}
   * @param codes as the quantiser writes them, from {@code at} on
   * @return whether it did; not where a sum of squares is no finite number
   */
  boolean encode(BucketCuts cuts, float[] rows, int count, byte[] codes, int at) {
    int codeBytes = codeBytes(cuts);
    for (int row = 0; row < count; row += ROWS) {
      int n = Math.min(ROWS, count - row);
      HadamardRows.butterflies(rows, row * dim, n, dim, x, size);
      centre(x, n, size, factor, cuts.mean(), partial);
      if (cuts.scaled()) {
        PartialSums.add(partial, n, squares);
        if (!scale(cuts, n)) {
          return false;
        }
      } else {
        fill(cuts, n);
      }
      planes(x, n, size, first, second, third, codes, at + row * codeBytes, codeBytes);
      if (cuts.scale() == Buckets.Scale.DEBIAS) {
        levels(x, n, size, first, second, third, cuts.levels(), partial);
        PartialSums.add(partial, n, scales);
        for (int i = 0; i < n; i++) {
          scales[i] = squares[i] == 0 ? 0 : squares[i] / scales[i];
        }
      }
      if (cuts.scaled()) {
        for (int i = 0; i < n; i++) {
          SHORT.set(
              codes,
              at + (row + i + 1) * codeBytes - Short.BYTES,
              Float.floatToFloat16(scales[i]));
        }
      }
    }
    return true;
  }

  private void fill(BucketCuts cuts, int n) {
    for (int i = 0; i < n; i++) {
      first[i] = (float) cuts.thresholds()[0];
      second[i] = (float) cuts.thresholds()[1];
      third[i] = (float) cuts.thresholds()[2];
    }
  }

  /** Thresholds by each row's own sigma. */
  private boolean scale(BucketCuts cuts, int n) {
    double a = cuts.thresholds()[0];
    double b = cuts.thresholds()[1];
    double c = cuts.thresholds()[2];
    boolean finite = true;
    for (int i = 0; i < n; i++) {
      float sigma = (float) Math.sqrt(squares[i] / size);
      finite &= sigma < Float.POSITIVE_INFINITY;
      double unit = sigma < Float.MIN_NORMAL ? Float.MIN_NORMAL : sigma;
      first[i] = (float) (a * unit);
      second[i] = (float) (b * unit);
      third[i] = (float) (c * unit);
      if (sigma == 0) {
        squares[i] = 0;
        // Every coordinate exceeds the first of these and no other.
        first[i] = Float.NEGATIVE_INFINITY;
        second[i] = Float.POSITIVE_INFINITY;
        third[i] = Float.POSITIVE_INFINITY;
      }
      scales[i] = sigma * cuts.levelUnit();
    }
    return finite;
  }

  /** {@code x = x · factor - mean}, and the partial sums of squares. */
  static void centre(
      float[] x, int count, int size, float factor, float[] mean, float[] partial) {
    for (int i = 0; i < count; i++) {
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < size; j += PARTS) {
          FloatVector y =
              FloatVector.fromArray(Lanes.F, x, i * size + j)
                  .mul(factor)
                  .sub(FloatVector.fromArray(Lanes.F, mean, j));
          y.intoArray(x, i * size + j);
          sum = y.mul(y).add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
  }

  static void planes(
      float[] x,
      int count,
      int size,
      float[] first,
      float[] second,
      float[] third,
      byte[] codes,
      int at,
      int codeBytes) {
    for (int i = 0; i < count; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      FloatVector b = FloatVector.broadcast(Lanes.F, second[i]);
      FloatVector c = FloatVector.broadcast(Lanes.F, third[i]);
      for (int j = 0; j < size; j += Long.SIZE) {
        long high = 0;
        long low = 0;
        for (int k = 0; k < Long.SIZE; k += L) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j + k);
          long above = y.compare(VectorOperators.GT, b).toLong();
          high |= above << k;
          low |=
              (above
                      ^ y.compare(VectorOperators.GT, a).toLong()
                      ^ y.compare(VectorOperators.GT, c).toLong())
                  << k;
        }
        int to = at + i * codeBytes + j / Byte.SIZE;
        LONG.set(codes, to, high);
        LONG.set(codes, to + size / Byte.SIZE, low);
      }
    }
  }

  /** Partial sums of products with the levels of the codes. */
  static void levels(
      float[] x,
      int count,
      int size,
      float[] first,
      float[] second,
      float[] third,
      float[] levels,
      float[] partial) {
    FloatVector l0 = FloatVector.broadcast(Lanes.F, levels[0]);
    FloatVector l1 = FloatVector.broadcast(Lanes.F, levels[1]);
    FloatVector l2 = FloatVector.broadcast(Lanes.F, levels[2]);
    FloatVector l3 = FloatVector.broadcast(Lanes.F, levels[3]);
    for (int i = 0; i < count; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      FloatVector b = FloatVector.broadcast(Lanes.F, second[i]);
      FloatVector c = FloatVector.broadcast(Lanes.F, third[i]);
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < size; j += PARTS) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j);
          VectorMask<Float> aboveA = y.compare(VectorOperators.GT, a);
          VectorMask<Float> aboveB = y.compare(VectorOperators.GT, b);
          VectorMask<Float> aboveC = y.compare(VectorOperators.GT, c);
          FloatVector level = l0.blend(l1, aboveA).blend(l2, aboveB).blend(l3, aboveC);
          sum = y.mul(level).add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
  }
}
