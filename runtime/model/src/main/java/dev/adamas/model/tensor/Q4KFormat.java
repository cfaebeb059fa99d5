package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_K: superblocks of 256 values in eight sub-blocks; value = d·scale·q - dmin·minimum with 6-bit
 * scales and minima ({@link KScales}). 32 bytes hold sub-block 2s (low nibbles) and 2s + 1.
 */
final class Q4KFormat extends RowFormat {
  private static final int BYTES = 144;
  private static final int SCALES = 4;
  private static final int NIBBLES = 16;

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i += 64) {
      long block = offset + (long) (i / 256) * BYTES;
      int sub = i % 256 / 32;
      FloatVector d0 = scale(data, block, sub);
      FloatVector m0 = minimum(data, block, sub);
      FloatVector d1 = scale(data, block, sub + 1);
      FloatVector m1 = minimum(data, block, sub + 1);
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + NIBBLES + sub * 16L + j);
        Lanes.floats(q.and(15)).fma(d0, m0).intoArray(out, at + i + j);
        Lanes.floats(q.lanewise(VectorOperators.LSHR, 4))
            .fma(d1, m1)
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
      int sub = i % 256 / 32;
      FloatVector d0 = scale(data, block, sub);
      FloatVector m0 = minimum(data, block, sub);
      FloatVector d1 = scale(data, block, sub + 1);
      FloatVector m1 = minimum(data, block, sub + 1);
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + NIBBLES + sub * 16L + j);
        a =
            Lanes.floats(q.and(15))
                .fma(d0, m0)
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), a);
        b =
            Lanes.floats(q.lanewise(VectorOperators.LSHR, 4))
                .fma(d1, m1)
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j + 32), b);
      }
    }
    return Lanes.sum(a.add(b));
  }

  private static FloatVector scale(MemorySegment data, long block, int sub) {
    return FloatVector.broadcast(
        Lanes.FLOAT, Lanes.half(data, block) * KScales.scale(data, block + SCALES, sub));
  }

  private static FloatVector minimum(MemorySegment data, long block, int sub) {
    return FloatVector.broadcast(
        Lanes.FLOAT, -Lanes.half(data, block + 2) * KScales.minimum(data, block + SCALES, sub));
  }
}
