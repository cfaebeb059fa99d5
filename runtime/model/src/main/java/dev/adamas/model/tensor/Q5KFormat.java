package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q5_K: as Q4_K, with 32 more bytes before the nibbles; bit s of byte j is the fifth bit of value j
 * of sub-block s.
 */
final class Q5KFormat extends RowFormat {
  private static final int BYTES = 176;
  private static final int SCALES = 4;
  private static final int FIFTH = 16;
  private static final int NIBBLES = 48;

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
        IntVector h =
            Lanes.unsignedBytes(data, block + FIFTH + j).lanewise(VectorOperators.LSHR, sub);
        low(q, h).fma(d0, m0).intoArray(out, at + i + j);
        high(q, h).fma(d1, m1).intoArray(out, at + i + j + 32);
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
        IntVector h =
            Lanes.unsignedBytes(data, block + FIFTH + j).lanewise(VectorOperators.LSHR, sub);
        a = low(q, h).fma(d0, m0).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), a);
        b = high(q, h).fma(d1, m1).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j + 32), b);
      }
    }
    return Lanes.sum(a.add(b));
  }

  private static FloatVector low(IntVector q, IntVector h) {
    return Lanes.floats(q.and(15).or(h.and(1).lanewise(VectorOperators.LSHL, 4)));
  }

  private static FloatVector high(IntVector q, IntVector h) {
    return Lanes.floats(
        q.lanewise(VectorOperators.LSHR, 4).or(h.and(2).lanewise(VectorOperators.LSHL, 3)));
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
