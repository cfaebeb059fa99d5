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
    int blocks = count / 256;
    for (int n = 0; n < blocks; n++) {
      long block = offset + (long) BYTES * n;
      float d = Lanes.half(data, block + SCALE);
      for (int q = 0; q < 4; q++) {
        long low = block + q / 2 * 64L;
        long upper = block + UPPER + q / 2 * 32L;
        int nibble = q % 2 * 4;
        int i = at + 256 * n + 64 * q;
        for (int j = 0; j < 32; j += Lanes.COUNT) {
          long scale = block + SCALES + 4L * q + j / 16;
          IntVector h = Lanes.unsignedBytes(data, upper + j).lanewise(VectorOperators.LSHR, nibble);
          value(data, low + j, nibble, h.lanewise(VectorOperators.LSHL, 4))
              .mul(d * data.get(ValueLayout.JAVA_BYTE, scale))
              .intoArray(out, i + j);
          value(data, low + 32 + j, nibble, h.lanewise(VectorOperators.LSHL, 2))
              .mul(d * data.get(ValueLayout.JAVA_BYTE, scale + 2))
              .intoArray(out, i + j + 32);
        }
      }
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    int blocks = count / 256;
    for (int n = 0; n < blocks; n++) {
      long block = offset + (long) BYTES * n;
      float d = Lanes.half(data, block + SCALE);
      for (int q = 0; q < 4; q++) {
        long low = block + q / 2 * 64L;
        long upper = block + UPPER + q / 2 * 32L;
        int nibble = q % 2 * 4;
        int i = at + 256 * n + 64 * q;
        for (int j = 0; j < 32; j += Lanes.COUNT) {
          long scale = block + SCALES + 4L * q + j / 16;
          IntVector h = Lanes.unsignedBytes(data, upper + j).lanewise(VectorOperators.LSHR, nibble);
          a =
              value(data, low + j, nibble, h.lanewise(VectorOperators.LSHL, 4))
                  .mul(d * data.get(ValueLayout.JAVA_BYTE, scale))
                  .fma(FloatVector.fromArray(Lanes.FLOAT, x, i + j), a);
          b =
              value(data, low + 32 + j, nibble, h.lanewise(VectorOperators.LSHL, 2))
                  .mul(d * data.get(ValueLayout.JAVA_BYTE, scale + 2))
                  .fma(FloatVector.fromArray(Lanes.FLOAT, x, i + j + 32), b);
        }
      }
    }
    return Lanes.sum(a.add(b));
  }

  /** Nibbles of the low bytes with the upper bits, which the argument holds in bits 4 and 5. */
  private static FloatVector value(MemorySegment data, long offset, int nibble, IntVector upper) {
    IntVector low =
        Lanes.unsignedBytes(data, offset).lanewise(VectorOperators.LSHR, nibble).and(15);
    return Lanes.floats(low.or(upper.and(48)).sub(32));
  }
}
