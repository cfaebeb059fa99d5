package dev.adamas.model.tensor;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Random blocks of any tensor type: every bit pattern of the quants, scales of sensible size. */
final class RandomWeights {
  private RandomWeights() {}

  static MemorySegment of(TensorType type, int rows, int columns, Random random) {
    long values = (long) rows * columns;
    MemorySegment data = Arena.ofAuto().allocate(type.bytes(values), 1);
    long blocks = values / type.valuesPerBlock();
    byte[] block = new byte[type.bytesPerBlock()];
    for (long i = 0; i < blocks; i++) {
      long at = i * block.length;
      switch (type) {
        case F32 -> data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) random.nextGaussian());
        case F16 -> half(data, at, random);
        case BF16 ->
            data.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                at,
                (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >>> 16));
        default -> {
          random.nextBytes(block);
          MemorySegment.copy(block, 0, data, ValueLayout.JAVA_BYTE, at, block.length);
          for (int offset : halves(type)) {
            half(data, at + offset, random);
          }
        }
      }
    }
    return data;
  }

  private static void half(MemorySegment data, long at, Random random) {
    data.set(
        ValueLayout.JAVA_SHORT_UNALIGNED,
        at,
        Float.floatToFloat16((float) random.nextGaussian() / 16));
  }

  /** Where a block has half-precision scales. */
  private static int[] halves(TensorType type) {
    return switch (type) {
      case Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS -> new int[] {0};
      case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
      case Q2_K -> new int[] {80, 82};
      case Q3_K -> new int[] {108};
      case Q6_K -> new int[] {208};
      default -> throw new IllegalArgumentException(type.name());
    };
  }
}
