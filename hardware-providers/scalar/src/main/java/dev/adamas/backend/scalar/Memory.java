package dev.adamas.backend.scalar;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Layouts of the SPI: little-endian, no alignment. */
final class Memory {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Memory() {}
}
