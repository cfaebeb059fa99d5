package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q4_0 and Q4_1: a scale, Q4_1 also a minimum, then 16 bytes of which byte j holds values j (low
 * nibble) and j + 16.
 *
 * <p>Q4_0's value (q - 8)·d is q·d + m with m = -8d: that product is exact, so one fused
 * multiply-add gives the very same float, and both types share the code.
 */
final class Q4Format extends RowFormat {
  private final boolean minimum;
  private final int header;
  private final int bytes;

  Q4Format(boolean minimum) {
    this.minimum = minimum;
    header = minimum ? 4 : 2;
    bytes = header + 16;
  }

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    int blocks = count / 32;
    for (int n = 0; n < blocks; n++) {
      long block = offset + (long) bytes * n;
      int i = 32 * n;
      float scale = Lanes.half(data, block);
      FloatVector d = FloatVector.broadcast(Lanes.FLOAT, scale);
      FloatVector m = FloatVector.broadcast(Lanes.FLOAT, minimum(data, block, scale));
      for (int j = 0; j < 16; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + header + j);
        low(q).fma(d, m).intoArray(out, at + i + j);
        high(q).fma(d, m).intoArray(out, at + i + j + 16);
      }
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    int blocks = count / 32;
    for (int n = 0; n < blocks; n++) {
      long block = offset + (long) bytes * n;
      int i = 32 * n;
      float scale = Lanes.half(data, block);
      FloatVector d = FloatVector.broadcast(Lanes.FLOAT, scale);
      FloatVector m = FloatVector.broadcast(Lanes.FLOAT, minimum(data, block, scale));
      for (int j = 0; j < 16; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + header + j);
        a = low(q).fma(d, m).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), a);
        b = high(q).fma(d, m).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j + 16), b);
      }
    }
    return Lanes.sum(a.add(b));
  }

  private float minimum(MemorySegment data, long block, float scale) {
    return minimum ? Lanes.half(data, block + 2) : -8 * scale;
  }

  private static FloatVector low(IntVector q) {
    return Lanes.floats(q.and(15));
  }

  private static FloatVector high(IntVector q) {
    return Lanes.floats(q.lanewise(VectorOperators.LSHR, 4));
  }
}
