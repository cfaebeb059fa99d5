package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Brings a run of a cache's numbers into float32, in the order that {@link NumberFormat} says. */
final class Widen {

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  private Widen() {}

  /**
   * Widens sixteen-bit numbers.
   *
   * @param at byte offset
   * @param count a multiple of {@code 2·Lanes.L}
   */
  static void halves(
      MemorySegment source, long at, int count, float[] target, int to, int shift, int mask) {
    for (int i = 0; i < count; i += 2 * Lanes.L) {
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, source, at + 2L * i, LE);
      even(pair, shift, mask).intoArray(target, to + i);
      odd(pair, shift, mask).intoArray(target, to + i + Lanes.L);
    }
  }

  /** The lower halves of the ints. */
  static FloatVector even(IntVector pair, int shift, int mask) {
    return pair.lanewise(VectorOperators.LSHL, 16)
        .lanewise(VectorOperators.ASHR, shift)
        .and(mask)
        .reinterpretAsFloats();
  }

  /** The upper halves of the ints. */
  static FloatVector odd(IntVector pair, int shift, int mask) {
    return pair.lanewise(VectorOperators.ASHR, shift).and(mask).reinterpretAsFloats();
  }

  /** Copies float32 numbers; {@code count} is a multiple of {@code 2·Lanes.L}. */
  static void floats(MemorySegment source, long at, int count, float[] target, int to) {
    for (int i = 0; i < count; i += 2 * Lanes.L) {
      FloatVector.fromMemorySegment(Lanes.F, source, at + 4L * i, LE).intoArray(target, to + i);
      FloatVector.fromMemorySegment(Lanes.F, source, at + 4L * (i + Lanes.L), LE)
          .intoArray(target, to + i + Lanes.L);
    }
  }
}
