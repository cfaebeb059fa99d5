package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one vector width of this package, the layouts it reads and a reproducible horizontal sum.
 *
 * <p>Everything runs on the preferred float species: 8 lanes with AVX2, 16 with AVX-512, 4 with
 * NEON. A species wider than the machine falls back to objects and is a hundred times slower, so
 * none is named. Byte and short species have as many lanes as the float species, which makes every
 * widening one instruction; with 4 lanes there is no such byte species, and block formats are then
 * decoded by plain loops ({@link #BLOCKS}).
 */
final class Lanes {
  static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  static final int COUNT = FLOAT.length();
  static final VectorSpecies<Integer> INT = VectorSpecies.of(int.class, FLOAT.vectorShape());

  /** Whether block formats are unpacked with vectors: half a block of 32 must be whole vectors. */
  static final boolean BLOCKS = COUNT == 8 || COUNT == 16;

  static final VectorSpecies<Byte> BYTE =
      BLOCKS
          ? VectorSpecies.of(byte.class, VectorShape.forBitSize(COUNT * 8))
          : ByteVector.SPECIES_64;
  static final VectorSpecies<Short> SHORT =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Math.max(64, COUNT * 16)));

  static final IntVector IOTA = IntVector.zero(INT).addIndex(1);

  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  static final ValueLayout.OfShort LE_SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
  static final ValueLayout.OfInt LE_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  static final ValueLayout.OfFloat LE_FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

  private static final VectorShuffle<Float> BY_8 = rotation(8);
  private static final VectorShuffle<Float> BY_4 = rotation(4);
  private static final VectorShuffle<Float> BY_2 = rotation(2);
  private static final VectorShuffle<Float> BY_1 = rotation(1);

  private Lanes() {}

  private static VectorShuffle<Float> rotation(int distance) {
    return VectorShuffle.fromOp(FLOAT, i -> (i + distance) % COUNT);
  }

  /**
   * The sum of the lanes, by halving.
   *
   * <p>{@code reduceLanes} leaves the order open, and interpreted and compiled code really differ
   * in it: a model would give other bits before and after warm-up.
   */
  static float sum(FloatVector v) {
    FloatVector s = v;
    if (COUNT > 8) {
      s = s.add(s.rearrange(BY_8));
    }
    if (COUNT > 4) {
      s = s.add(s.rearrange(BY_4));
    }
    if (COUNT > 2) {
      s = s.add(s.rearrange(BY_2));
    }
    return s.add(s.rearrange(BY_1)).lane(0);
  }

  /** {@code COUNT} unsigned bytes of the segment as ints. */
  static IntVector unsignedBytes(MemorySegment data, long offset) {
    return (IntVector)
        ByteVector.fromMemorySegment(BYTE, data, offset, ORDER)
            .convertShape(VectorOperators.ZERO_EXTEND_B2I, INT, 0);
  }

  static FloatVector floats(IntVector v) {
    return (FloatVector) v.convertShape(VectorOperators.I2F, FLOAT, 0);
  }

  /** The half-precision scale at {@code offset}. */
  static float half(MemorySegment data, long offset) {
    return Float.float16ToFloat(data.get(LE_SHORT, offset));
  }

  /** The product of {@code w[0…]} with {@code x[at…]}; a rest below two vectors is added last. */
  static float dot(float[] w, float[] x, int at, int count) {
    FloatVector a = FloatVector.zero(FLOAT);
    FloatVector b = FloatVector.zero(FLOAT);
    int i = 0;
    for (; i <= count - 2 * COUNT; i += 2 * COUNT) {
      int j = i + COUNT;
      a = FloatVector.fromArray(FLOAT, w, i).fma(FloatVector.fromArray(FLOAT, x, at + i), a);
      b = FloatVector.fromArray(FLOAT, w, j).fma(FloatVector.fromArray(FLOAT, x, at + j), b);
    }
    float sum = sum(a.add(b));
    for (; i < count; i++) {
      sum += w[i] * x[at + i];
    }
    return sum;
  }
}
