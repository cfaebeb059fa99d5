package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;

/**
 * F16: IEEE half precision.
 *
 * <p>The Vector API has no half-to-float conversion, and one made of integer operations took 0.5 ns
 * a value; the compiler turns the plain loop into the processor's own conversion (0.05 ns), so a
 * product decodes pieces into the first-level cache.
 */
final class F16Format extends RowFormat {

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i++) {
      out[at + i] = Float.float16ToFloat(data.get(Lanes.LE_SHORT, offset + 2L * i));
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    float sum = 0;
    for (int i = 0; i < count; i += Scratch.CHUNK) {
      int values = Math.min(Scratch.CHUNK, count - i);
      decode(data, offset + 2L * i, values, scratch, 0);
      sum += Lanes.dot(scratch, x, at + i, values);
    }
    return sum;
  }
}
