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
  private static final int NIBBLES = 16;

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    int blocks = count / 256;
    for (int n = 0; n < blocks; n++) {
      long block = offset + (long) BYTES * n;
      float d = Lanes.half(data, block);
      float minimum = -Lanes.half(data, block + 2);
      int third = data.get(Lanes.LE_INT, block + 12);
      long scales = KScales.scales(data.get(Lanes.LE_INT, block + 4), third);
      long minima = KScales.minima(data.get(Lanes.LE_INT, block + 8), third);
      for (int s = 0; s < 8; s += 2) {
        FloatVector d0 = FloatVector.broadcast(Lanes.FLOAT, d * KScales.of(scales, s));
        FloatVector m0 = FloatVector.broadcast(Lanes.FLOAT, minimum * KScales.of(minima, s));
        FloatVector d1 = FloatVector.broadcast(Lanes.FLOAT, d * KScales.of(scales, s + 1));
        FloatVector m1 = FloatVector.broadcast(Lanes.FLOAT, minimum * KScales.of(minima, s + 1));
        int i = at + 256 * n + 32 * s;
        for (int j = 0; j < 32; j += Lanes.COUNT) {
          IntVector q = Lanes.unsignedBytes(data, block + NIBBLES + 16L * s + j);
          low(q).fma(d0, m0).intoArray(out, i + j);
          high(q).fma(d1, m1).intoArray(out, i + j + 32);
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
      float d = Lanes.half(data, block);
      float minimum = -Lanes.half(data, block + 2);
      int third = data.get(Lanes.LE_INT, block + 12);
      long scales = KScales.scales(data.get(Lanes.LE_INT, block + 4), third);
      long minima = KScales.minima(data.get(Lanes.LE_INT, block + 8), third);
      for (int s = 0; s < 8; s += 2) {
        FloatVector d0 = FloatVector.broadcast(Lanes.FLOAT, d * KScales.of(scales, s));
        FloatVector m0 = FloatVector.broadcast(Lanes.FLOAT, minimum * KScales.of(minima, s));
        FloatVector d1 = FloatVector.broadcast(Lanes.FLOAT, d * KScales.of(scales, s + 1));
        FloatVector m1 = FloatVector.broadcast(Lanes.FLOAT, minimum * KScales.of(minima, s + 1));
        int i = at + 256 * n + 32 * s;
        for (int j = 0; j < 32; j += Lanes.COUNT) {
          IntVector q = Lanes.unsignedBytes(data, block + NIBBLES + 16L * s + j);
          a = low(q).fma(d0, m0).fma(FloatVector.fromArray(Lanes.FLOAT, x, i + j), a);
          b = high(q).fma(d1, m1).fma(FloatVector.fromArray(Lanes.FLOAT, x, i + j + 32), b);
        }
      }
    }
    return Lanes.sum(a.add(b));
  }

  private static FloatVector low(IntVector q) {
    return Lanes.floats(q.and(15));
  }

  private static FloatVector high(IntVector q) {
    return Lanes.floats(q.lanewise(VectorOperators.LSHR, 4));
  }
}
