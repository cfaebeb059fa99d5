package dev.adamas.model.tensor;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Any decodable type, through its scalar decoder: rare types, and every block type on machines
 * whose vectors do not fit the blocks.
 */
final class DecodedFormat extends RowFormat {
  private final TensorType type;

  DecodedFormat(TensorType type) {
    this.type = type;
  }

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    type.decode(data, offset, out, at, count);
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    float sum = 0;
    for (int i = 0; i < count; i += Scratch.CHUNK) {
      int values = Math.min(Scratch.CHUNK, count - i);
      type.decode(data, offset + type.bytes(i), scratch, 0, values);
      sum += dot(scratch, x, at + i, values);
    }
    return sum;
  }

  /** Block types come in multiples of 32 values, which are whole pairs of vectors. */
  private static float dot(float[] w, float[] x, int at, int values) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < values; i += 2 * Lanes.COUNT) {
      int j = i + Lanes.COUNT;
      a =
          FloatVector.fromArray(Lanes.FLOAT, w, i)
              .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i), a);
      b =
          FloatVector.fromArray(Lanes.FLOAT, w, j)
              .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + j), b);
    }
    return Lanes.sum(a.add(b));
  }
}
