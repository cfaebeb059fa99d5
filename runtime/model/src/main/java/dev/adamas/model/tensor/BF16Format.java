package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** BF16: the upper half of a float. */
final class BF16Format extends RowFormat {

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    int i = 0;
    for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
      load(data, offset + 2L * i).intoArray(out, at + i);
    }
    for (; i < count; i++) {
      out[at + i] = value(data, offset + 2L * i);
    }
  }

  @Override
  float dot(MemorySegment data, long offset, int count, float[] x, int at, float[] scratch) {
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= count - 2 * Lanes.COUNT; i += 2 * Lanes.COUNT) {
      a = load(data, offset + 2L * i).fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i), a);
      b =
          load(data, offset + 2L * (i + Lanes.COUNT))
              .fma(FloatVector.fromArray(Lanes.FLOAT, x, at + i + Lanes.COUNT), b);
    }
    float sum = Lanes.sum(a.add(b));
    for (; i < count; i++) {
      sum += value(data, offset + 2L * i) * x[at + i];
    }
    return sum;
  }

  private static float value(MemorySegment data, long offset) {
    return Float.intBitsToFloat(data.get(Lanes.LE_SHORT, offset) << 16);
  }

  private static FloatVector load(MemorySegment data, long offset) {
    IntVector half =
        (IntVector)
            ShortVector.fromMemorySegment(Lanes.SHORT, data, offset, Lanes.ORDER)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
    return half.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }
}
