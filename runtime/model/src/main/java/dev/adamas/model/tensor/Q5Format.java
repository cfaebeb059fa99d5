package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Q5_0 and Q5_1: as Q4_0 and Q4_1, with an int between header and nibbles whose bit i is the fifth
 * bit of value i. As there, (q - 16)·d is computed as q·d - 16d, which rounds the same.
 */
final class Q5Format extends RowFormat {
  private final boolean minimum;
  private final int header;
  private final int bytes;

  Q5Format(boolean minimum) {
    this.minimum = minimum;
    header = minimum ? 4 : 2;
    bytes = header + 4 + 16;
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
      int fifth = data.get(Lanes.LE_INT, block + header);
      for (int j = 0; j < 16; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + header + 4 + j);
        Lanes.floats(q.and(15).or(bit(fifth >>> j))).fma(d, m).intoArray(out, at + i + j);
        Lanes.floats(q.lanewise(VectorOperators.LSHR, 4).or(bit(fifth >>> (16 + j))))
            .fma(d, m)
            .intoArray(out, at + i + j + 16);
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
      int fifth = data.get(Lanes.LE_INT, block + header);
      for (int j = 0; j < 16; j += Lanes.COUNT) {
        IntVector q = Lanes.unsignedBytes(data, block + header + 4 + j);
        a =
            Lanes.floats(q.and(15).or(bit(fifth >>> j)))
                .fma(d, m)
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), a);
        b =
            Lanes.floats(q.lanewise(VectorOperators.LSHR, 4).or(bit(fifth >>> (16 + j))))
                .fma(d, m)
                .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j + 16), b);
      }
    }
    return Lanes.sum(a.add(b));
  }

  private float minimum(MemorySegment data, long block, float scale) {
    return minimum ? Lanes.half(data, block + 2) : -16 * scale;
  }

  /** Bit l of the argument as 16 in lane l. */
  private static IntVector bit(int bits) {
    return IntVector.broadcast(Lanes.INT, bits)
        .lanewise(VectorOperators.LSHR, Lanes.IOTA)
        .and(1)
        .lanewise(VectorOperators.LSHL, 4);
  }
}
