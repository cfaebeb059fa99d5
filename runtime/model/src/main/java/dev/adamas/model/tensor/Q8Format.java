package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/** Q8_0: a half-precision scale, then 32 signed bytes. */
final class Q8Format extends RowFormat {
  private static final int BYTES = 34;

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    int blocks = count / 32;
    for (int b = 0; b < blocks; b++) {
      long block = offset + (long) BYTES * b;
      int i = 32 * b;
      float scale = Lanes.half(data, block);
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        load(data, block + 2 + j).mul(scale).intoArray(out, at + i + j);
      }
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    int blocks = count / 32;
    for (int b = 0; b < blocks; b++) {
      long block = offset + (long) BYTES * b;
      int i = 32 * b;
      FloatVector part = FloatVector.zero(Lanes.FLOAT);
      for (int j = 0; j < 32; j += Lanes.COUNT) {
        part =
            load(data, block + 2 + j).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + j), part);
      }
      sum = part.fma(FloatVector.broadcast(Lanes.FLOAT, Lanes.half(data, block)), sum);
    }
    return Lanes.sum(sum);
  }

  private static FloatVector load(MemorySegment data, long offset) {
    return (FloatVector)
        ByteVector.fromMemorySegment(Lanes.BYTE, data, offset, Lanes.ORDER)
            .castShape(Lanes.FLOAT, 0);
  }
}
