package dev.adamas.model.tensor;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.MemorySegment;

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
      sum += Lanes.dot(scratch, x, at + i, values);
    }
    return sum;
  }
}
