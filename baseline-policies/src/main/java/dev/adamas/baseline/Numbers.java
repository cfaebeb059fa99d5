package dev.adamas.baseline;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Layouts of the SPI (little-endian, no alignment) and fp16 rounding in one direction. */
final class Numbers {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Partial sums of a sum over the head dimension: coordinate {@code j} goes to sum {@code j mod
   * 16}, and the 16 are added in index order, as in every backend.
   */
  static final int PARTS = 16;

  private static final int SIGN = 0x8000;

  private Numbers() {}

  /** The largest fp16 that is not above {@code x}. */
  static short halfBelow(float x) {
    return (short) (halfAbove(-x) ^ SIGN);
  }

  /** The smallest fp16 that is not below {@code x}. */
  static short halfAbove(float x) {
    short nearest = Float.floatToFloat16(x);
    if (!(Float.float16ToFloat(nearest) < x)) {
      return nearest;
    }
    return (short) (nearest >= 0 ? nearest + 1 : nearest - 1);
  }
}
