package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Whole numbers in the order of scores: NaN last, and -0 equal to 0. */
final class SortKeys {

  /** The key of positive infinity; only NaN has a larger one. */
  static final int POSITIVE_INFINITY = 0x7f800000;

  /** Only AVX-512 moves lanes together in one instruction. */
  static final boolean COMPRESSES = Lanes.L == 16;

  private SortKeys() {}

  /** The key of a score, from its bits. */
  private static int key(int bits) {
    float score = Float.intBitsToFloat(bits);
    if (Float.isNaN(score)) {
      return Integer.MAX_VALUE;
    }
    // Minus zero plus zero is zero.
    int raw = Float.floatToRawIntBits(score + 0.0f);
    return raw ^ ((raw >> 31) & Integer.MAX_VALUE);
  }

  /** The score of a key; of both zeros, the positive one. */
  static float score(int key) {
    return Float.intBitsToFloat(key ^ ((key >> 31) & Integer.MAX_VALUE));
  }

  /** Turns bits of scores into keys. */
  static void order(int[] keys, int from, int to) {
    int i = from;
    for (; i <= to - Lanes.L; i += Lanes.L) {
      FloatVector score = IntVector.fromArray(Lanes.I, keys, i).reinterpretAsFloats().add(0f);
      IntVector raw = score.reinterpretAsInts();
      raw.lanewise(
              VectorOperators.XOR, raw.lanewise(VectorOperators.ASHR, 31).and(Integer.MAX_VALUE))
          .blend(Integer.MAX_VALUE, score.test(VectorOperators.IS_NAN).cast(Lanes.I))
          .intoArray(keys, i);
    }
    for (; i < to; i++) {
      keys[i] = key(keys[i]);
    }
  }

  /**
   * Moves together the numbers whose keys are among the first.
   *
   * @param into room for them and a vector; may be {@code numbers}
   * @return how many there are
   */
  static int pickFirst(int[] keys, int[] numbers, int count, KeyRanks.Bound last, int[] into) {
    int least = Integer.MIN_VALUE;
    int picked = pick(keys, numbers, 0, last.end, least, last.key, into, 0);
    return pick(keys, numbers, last.end, count, least, last.key - 1, into, picked);
  }

  /**
   * Moves together the numbers whose keys are after one bound and up to another.
   *
   * @param into room for them and a vector
   * @return how many there are
   */
  static int pickBetween(
      int[] keys, int[] numbers, int count, KeyRanks.Bound after, KeyRanks.Bound last, int[] into) {
    int near = Math.min(after.end, last.end);
    int far = Math.max(after.end, last.end);
    int above = after.key - (after.end < far ? 1 : 0);
    int most = last.key - (last.end < far ? 1 : 0);
    int picked = pick(keys, numbers, 0, near, after.key, last.key, into, 0);
    picked = pick(keys, numbers, near, far, above, most, into, picked);
    return pick(keys, numbers, far, count, after.key - 1, last.key - 1, into, picked);
  }

  /**
   * Moves together the numbers whose keys are above one and at most another.
   *
   * @param numbers written to {@code into}, which may be the same array, from {@code at} on, with
   *     up to a vector of others after them
   * @return where they end
   */
  static int pick(
      int[] keys, int[] numbers, int from, int to, int above, int most, int[] into, int at) {
    int i = from;
    int end = at;
    if (COMPRESSES) {
      for (; i <= to - Lanes.L; i += Lanes.L) {
        IntVector key = IntVector.fromArray(Lanes.I, keys, i);
        VectorMask<Integer> picked =
            key.compare(VectorOperators.GT, above).and(key.compare(VectorOperators.LE, most));
        IntVector.fromArray(Lanes.I, numbers, i).compress(picked).intoArray(into, end);
        end += picked.trueCount();
      }
    }
    for (; i < to; i++) {
      // Stored always and counted sometimes: a branch would often be mispredicted.
      int key = keys[i];
      into[end] = numbers[i];
      end += key > above && key <= most ? 1 : 0;
    }
    return end;
  }
}
