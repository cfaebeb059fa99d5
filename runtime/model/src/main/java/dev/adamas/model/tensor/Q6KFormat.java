package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q6_K: superblocks of 256 values, value = d·scale·(q - 32) with a signed byte scale per 16 values.
 *
 * <p>Each half of 128 values has 64 bytes of low nibbles and 32 bytes of upper bits: value 32r + l
 * takes the nibble of byte l + 32(r mod 2), low for r &lt; 2, and bits 2r, 2r + 1 of upper byte l.
 */
final class Q6KFormat extends RowFormat {
  private static final int BYTES = 210;
  private static final int UPPER = 128;
  private static final int SCALES = 192;
  private static final int SCALE = 208;

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i += 64) {
      long block = offset + (long) (i / 256) * BYTES;
      int half = i % 256 / 128;
      int nibble = i % 128 / 64 * 4;
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        int scale = half * 8 + nibble + j / 16;
        IntVector h = upper(data, block, half, nibble, j);
        value(data, block, half, nibble, j, h.and(3))
            .mul(scale(data, block, scale))
            .intoArray(out, at + i + j);
        value(data, block, half, nibble, j + 32, h.lanewise(VectorOperators.LSHR, 2).and(3))
            .mul(scale(data, block, scale + 2))
            .intoArray(out, at + i + j + 32);
      }
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < count; i += 64) {
      long block = offset + (long) (i / 256) * BYTES;
      int half = i % 256 / 128;
      int nibble = i % 128 / 64 * 4;
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        int scale = half * 8 + nibble + j / 16;
        IntVector h = upper(data, block, half, nibble, j);
        a =
            value(data, block, half, nibble, j, h.and(3))
                .mul(scale(data, block, scale))
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), a);
        b =
            value(data, block, half, nibble, j + 32, h.lanewise(VectorOperators.LSHR, 2).and(3))
                .mul(scale(data, block, scale + 2))
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j + 32), b);
      }
    }
    return Lanes.sum(a.add(b));
  }

  /** The upper bits of values j and j + 32, in bits 0…1 and 2…3; nibble is 0 or 4. */
  private static IntVector upper(MemorySegment data, long block, int half, int nibble, int j) {
    return Lanes.unsignedBytes(data, block + UPPER + half * 32L + j)
        .lanewise(VectorOperators.LSHR, nibble);
  }

  private static FloatVector value(
      MemorySegment data, long block, int half, int nibble, int j, IntVector upper) {
    IntVector q =
        Lanes.unsignedBytes(data, block + half * 64L + j)
            .lanewise(VectorOperators.LSHR, nibble)
            .and(15);
    return Lanes.floats(q.or(upper.lanewise(VectorOperators.LSHL, 4)).sub(32));
  }

  private static float scale(MemorySegment data, long block, int index) {
    return Lanes.half(data, block + SCALE)
        * data.get(ValueLayout.JAVA_BYTE, block + SCALES + index);
  }
}
