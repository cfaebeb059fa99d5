package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** F32: plain floats. */
final class F32Format extends RowFormat {

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    MemorySegment.copy(data, Lanes.LE_FLOAT, offset, out, at, count);
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= count - 2 * Lanes.COUNT; i += 2 * Lanes.COUNT) {
      a = load(data, offset + 4L * i).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i), a);
      b =
          load(data, offset + 4L * (i + Lanes.COUNT))
              .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + Lanes.COUNT), b);
    }
    float sum = Lanes.sum(a.add(b));
    for (; i < count; i++) {
      sum += data.get(Lanes.LE_FLOAT, offset + 4L * i) * x[at + i];
    }
    return sum;
  }

  private static FloatVector load(MemorySegment data, long offset) {
    return FloatVector.fromMemorySegment(Lanes.FLOAT, data, offset, Lanes.ORDER);
  }
}
