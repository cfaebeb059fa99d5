package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector length of this machine and the functions that kernels share.
 *
 * <p>Two rules keep C2 from boxing vectors, which costs 2 to 15 times: a kernel method makes fewer
 * than about 45 Vector API calls, those of the helpers that it calls included, and kernels are not
 * inlined into each other.
 */
final class Lanes {

  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  /** Floats in a vector. */
  static final int L = F.length();

  /** Below any logit, and finite, so that differences stay numbers. */
  static final float LOWEST = -1e30f;

  /** Softmax runs on powers of two: logits are scaled by this. */
  static final float LOG2E = 1.442695f;

  // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
  private static final float ROUNDER = 0x1.8p23f;

  // 2^f on [-1/2, 1/2], minimax with the constant term 1, relative error 1.5e-7 once rounded.
  private static final float C1 = 0.693147f;
  private static final float C2 = 0.24022242f;
  private static final float C3 = 0.05550734f;
  private static final float C4 = 0.009671518f;
  private static final float C5 = 0.0013264708f;

  // Lanes that differ in one bit of their number, and the lanes that have that bit.
  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_1 = swap(1);
  private static final VectorMask<Float> HAS_8 = has(8);
  private static final VectorMask<Float> HAS_4 = has(4);
  private static final VectorMask<Float> HAS_2 = has(2);
  private static final VectorMask<Float> HAS_1 = has(1);

  private Lanes() {}

  /** Exchanges lanes whose numbers differ in one bit; any shuffle where lanes have no such bit. */
  static VectorShuffle<Float> swap(int bit) {
    return VectorShuffle.fromOp(F, lane -> (lane ^ bit) % L);
  }

  private static VectorMask<Float> has(int bit) {
    long lanes = 0;
    for (int lane = 0; lane < L; lane++) {
      lanes |= (lane & bit) != 0 ? 1L << lane : 0;
    }
    return VectorMask.fromLong(F, lanes);
  }

  /**
   * The sum of the lanes, by halving. ({@code reduceLanes} leaves the order of a sum open, and
   * interpreted and compiled code really differ in it.)
   */
  static float sum(FloatVector v) {
    FloatVector s = v;
    if (L > 8) {
      s = s.add(s.rearrange(SWAP_8));
    }
    if (L > 4) {
      s = s.add(s.rearrange(SWAP_4));
    }
    s = s.add(s.rearrange(SWAP_2));
    return s.add(s.rearrange(SWAP_1)).lane(0);
  }

  /**
   * The lane sums of many vectors at once: {@code sums[i] = Σ vectors[i·L … i·L+L-1]}, counted from
   * {@code from}, in the order of {@link #sum}. Vectors are merged in pairs, so a sum costs about
   * one instruction a stage instead of two. Overwrites {@code vectors}.
   *
   * @param count number of vectors, a multiple of {@code L}
   */
  static void sums(float[] vectors, int from, int count, float[] sums, int to) {
    for (int i = 0; i < count; i += L) {
      int at = from + i * L;
      if (L == 4) {
        for (int j = 0; j < 2; j++) {
          halfSums(vectors, at + j * L, at + (j + 2) * L, HAS_2, SWAP_2)
              .intoArray(vectors, at + j * L);
        }
        halfSums(vectors, at, at + L, HAS_1, SWAP_1).intoArray(sums, to + i);
      } else {
        if (L == 16) {
          for (int j = 0; j < 8; j++) {
            halfSums(vectors, at + j * L, at + (j + 8) * L, HAS_8, SWAP_8)
                .intoArray(vectors, at + j * L);
          }
        }
        sumsOfEight(vectors, at).intoArray(sums, to + i);
      }
    }
  }

  /** The last three halvings, in registers; 36 Vector API calls. */
  private static FloatVector sumsOfEight(float[] vectors, int at) {
    FloatVector a = halfSums(vectors, at, at + 4 * L, HAS_4, SWAP_4);
    FloatVector b = halfSums(vectors, at + 2 * L, at + 6 * L, HAS_4, SWAP_4);
    FloatVector even = halfSums(a, b, HAS_2, SWAP_2);
    a = halfSums(vectors, at + L, at + 5 * L, HAS_4, SWAP_4);
    b = halfSums(vectors, at + 3 * L, at + 7 * L, HAS_4, SWAP_4);
    return halfSums(even, halfSums(a, b, HAS_2, SWAP_2), HAS_1, SWAP_1);
  }

  private static FloatVector halfSums(
      float[] vectors, int a, int b, VectorMask<Float> has, VectorShuffle<Float> swap) {
    return halfSums(
        FloatVector.fromArray(F, vectors, a), FloatVector.fromArray(F, vectors, b), has, swap);
  }

  /** Half sums of {@code a} in the lanes without a bit, and of {@code b} in those with it. */
  private static FloatVector halfSums(
      FloatVector a, FloatVector b, VectorMask<Float> has, VectorShuffle<Float> swap) {
    return a.blend(b, has).add(b.blend(a, has).rearrange(swap));
  }

  /**
   * {@code 2^x} for {@code x ≤ 127}; exactly 0 from -127 down, NaN for NaN. 17 Vector API calls.
   */
  static FloatVector exp2(FloatVector x) {
    return exp2InRange(x.blend(-127f, x.compare(VectorOperators.LT, -127f)));
  }

  /** The same function from -127 to 127. */
  static FloatVector exp2InRange(FloatVector x) {
    FloatVector z = x.add(ROUNDER);
    FloatVector f = x.sub(z.sub(ROUNDER));
    FloatVector p = f.fma(FloatVector.broadcast(F, C5), FloatVector.broadcast(F, C4));
    p = p.fma(f, FloatVector.broadcast(F, C3));
    p = p.fma(f, FloatVector.broadcast(F, C2));
    p = p.fma(f, FloatVector.broadcast(F, C1));
    p = p.fma(f, FloatVector.broadcast(F, 1f));
    return p.reinterpretAsInts()
        .add(z.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats();
  }

  /** The same function of one number. */
  static float exp2(float x) {
    x = x < -127f ? -127f : x;
    float z = x + ROUNDER;
    float f = x - (z - ROUNDER);
    float p = Math.fma(f, C5, C4);
    p = Math.fma(p, f, C3);
    p = Math.fma(p, f, C2);
    p = Math.fma(p, f, C1);
    p = Math.fma(p, f, 1f);
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(z) << 23));
  }

  /**
   * The larger of each two lanes, {@code a} where {@code b} is NaN. Two instructions; {@code
   * FloatVector.max} needs five for NaN and signed zeros.
   */
  static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }

  /**
   * Transposes a tile, in squares of {@code L} by {@code L}: {@code target[j][i] = source[i][j]}.
   *
   * @param rows rows of the source, a multiple of {@code L}
   * @param columns columns of the source and its pitch, a multiple of {@code L}
   * @param pitch distance of the target's rows, at least {@code rows}
   */
  static void transpose(float[] source, int rows, int columns, float[] target, int pitch) {
    for (int i = 0; i < rows; i += L) {
      for (int j = 0; j < columns; j += L) {
        transposeSquare(source, i * columns + j, columns, target, j * pitch + i, pitch);
      }
    }
  }

  /**
   * Swaps quarters, then quarters of quarters, until single numbers are swapped. The squares stay
   * in the first-level cache; keeping them in registers would take too many Vector API calls.
   */
  private static void transposeSquare(
      float[] source, int from, int columns, float[] target, int to, int pitch) {
    int half = L / 2;
    for (int i = 0; i < half; i++) {
      swapQuarters(
          source,
          from + i * columns,
          from + (i + half) * columns,
          target,
          to + i * pitch,
          to + (i + half) * pitch,
          L == 16 ? HAS_8 : L == 8 ? HAS_4 : HAS_2,
          L == 16 ? SWAP_8 : L == 8 ? SWAP_4 : SWAP_2);
    }
    if (L > 8) {
      for (int i = 0; i < half; i++) {
        int a = to + (i / 4 * 8 + i % 4) * pitch;
        swapQuarters(target, a, a + 4 * pitch, target, a, a + 4 * pitch, HAS_4, SWAP_4);
      }
    }
    if (L > 4) {
      for (int i = 0; i < half; i++) {
        int a = to + (i / 2 * 4 + i % 2) * pitch;
        swapQuarters(target, a, a + 2 * pitch, target, a, a + 2 * pitch, HAS_2, SWAP_2);
      }
    }
    for (int i = 0; i < half; i++) {
      int a = to + 2 * i * pitch;
      swapQuarters(target, a, a + pitch, target, a, a + pitch, HAS_1, SWAP_1);
    }
  }

  /** Exchanges the lanes of row {@code a} that have a bit with those of row {@code b} without. */
  private static void swapQuarters(
      float[] source,
      int a,
      int b,
      float[] target,
      int toA,
      int toB,
      VectorMask<Float> has,
      VectorShuffle<Float> swap) {
    FloatVector x = FloatVector.fromArray(F, source, a);
    FloatVector y = FloatVector.fromArray(F, source, b);
    x.blend(y.rearrange(swap), has).intoArray(target, toA);
    x.rearrange(swap).blend(y, has).intoArray(target, toB);
  }

  /** {@code n} rounded up to a multiple of {@code unit}. */
  static int roundUp(int n, int unit) {
    return (n + unit - 1) / unit * unit;
  }
}
