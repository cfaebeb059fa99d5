package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * F16: IEEE half precision.
 *
 * <p>The Vector API has no half-to-float conversion. Moving exponent and fraction to their place in
 * a float and multiplying by 2<sup>112</sup> corrects the exponent's bias, for subnormal halves
 * too; only infinity and NaN need their exponent filled up.
 */
final class F16Format extends RowFormat {
  private static final float BIAS = 0x1p112f;
  private static final int INFINITE_HALF = 0x7c00 << 13;
  private static final int INFINITE_FLOAT = 0x7f800000;

  @Override
  void decode(MemorySegment data, long offset, int count, float[] out, int at) {
    int i = 0;
    for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
      load(data, offset + 2L * i).intoArray(out, at + i);
    }
    for (; i < count; i++) {
      out[at + i] = Lanes.half(data, offset + 2L * i);
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
      sum += Lanes.half(data, offset + 2L * i) * x[at + i];
    }
    return sum;
  }

  private static FloatVector load(MemorySegment data, long offset) {
    IntVector half =
        (IntVector)
            ShortVector.fromMemorySegment(Lanes.SHORT, data, offset, Lanes.ORDER)
                .convertShape(VectorOperators.S2I, Lanes.INT, 0);
    IntVector magnitude = half.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
    IntVector bits = magnitude.reinterpretAsFloats().mul(BIAS).reinterpretAsInts();
    bits =
        bits.blend(
            magnitude.or(INFINITE_FLOAT), magnitude.compare(VectorOperators.GE, INFINITE_HALF));
    return bits.or(half.and(0x80000000)).reinterpretAsFloats();
  }
}
