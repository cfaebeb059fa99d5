package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weighted sums of decoded value codes. Two-bit bucket codes are summed as they lie: with a code's
 * bits h, l and its scale times weight a, {@code Σ a · level = 2·(H·Σ_h a + W·Σ_l a) - outer·Σ a},
 * {@code H = (outer + inner) / 2}, {@code W = (outer - inner) / 2}, where {@code Σ_h} adds up the
 * tokens whose bit is set. Other codes are decoded one by one. One instance serves one worker.
 */
final class ResidualSums {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT = CacheRows.SHORT;

  /** Coordinates of a pass: as many sums as registers hold beside what they are made from. */
  private static final int PASS = 4 * Lanes.L;

  /** Moves the bit of a lane to the sign. */
  private static final IntVector TO_SIGN =
      IntVector.broadcast(Lanes.I, Integer.SIZE - 1).sub(IntVector.zero(Lanes.I).addIndex(1));

  private final Quantizer quantizer;
  private final int dim;
  private final int codeBytes;
  private final boolean fused;
  private final float high;
  private final float low;

  // The rows at hand: bits of a pass, two planes of each, and scales times weights.
  private long[] bits = {};
  private float[] weights = {};
  private final float[] signed;
  private final float[] decoded;
  private final MemorySegment decodedSegment;

  ResidualSums(Tail.Residual residual, int headDim) {
    quantizer = residual.quantizer();
    dim = residual.transform().outputDim(headDim);
    codeBytes = quantizer.codeBytes(dim);
    ComponentSpec spec = quantizer.spec();
    fused =
        spec.is("bucket", 1)
            && spec.params().getOrDefault("bits", "").equals("2")
            && !spec.params().getOrDefault("scale", "none").equals("none")
            && spec.params().getOrDefault("center", "").equals("false")
            && dim % Long.SIZE == 0;
    boolean odd = spec.params().getOrDefault("levels", "").equals("odd");
    high = odd ? 2 : 6.5f;
    low = odd ? 1 : 3.5f;
    signed = new float[2 * dim];
    decoded = new float[dim];
    decodedSegment = MemorySegment.ofArray(decoded);
  }

  /**
   * Adds up.
   *
   * @param segments of each code, where it lies
   * @param offsets of each code, in its segment
   * @param tokenWeights weight of each token
   * @param sums {@code [dim]} of the transform, written
   */
  void of(MemorySegment[] segments, long[] offsets, float[] tokenWeights, int count, float[] sums) {
    if (fused) {
      fused(segments, offsets, tokenWeights, count, sums);
      return;
    }
    Arrays.fill(sums, 0, dim, 0);
    for (int i = 0; i < count; i++) {
      quantizer.decode(segments[i].asSlice(offsets[i], codeBytes), 1, dim, decodedSegment);
      for (int j = 0; j < dim; j++) {
        sums[j] += tokenWeights[i] * decoded[j];
      }
    }
  }

  private void fused(
      MemorySegment[] segments, long[] offsets, float[] tokenWeights, int count, float[] sums) {
    int words = dim / Long.SIZE;
    int planes = 2 * words;
    if (weights.length < count) {
      weights = new float[Lanes.roundUp(count, SparseIndex.BLOCK)];
      bits = new long[planes * weights.length];
    }
    int pitch = weights.length;
    for (int i = 0; i < count; i++) {
      MemorySegment segment = segments[i];
      long at = offsets[i];
      for (int plane = 0; plane < planes; plane++) {
        bits[plane * pitch + i] = segment.get(LONG, at + (long) plane * Long.BYTES);
      }
      short scale = segment.get(SHORT, at + (long) planes * Long.BYTES);
      weights[i] = tokenWeights[i] * Float.float16ToFloat(scale);
    }
    for (int plane = 0; plane < planes; plane++) {
      for (int from = 0; from < Long.SIZE; from += PASS) {
        signs(bits, plane * pitch, from, weights, count, signed, plane * Long.SIZE + from);
      }
    }
    for (int j = 0; j < dim; j++) {
      sums[j] = high * signed[j] + low * signed[dim + j];
    }
  }

  /** Sums of weights with the signs that bits give: plus where one is set. */
  private static void signs(
      long[] bits, int at, int shift, float[] weights, int count, float[] sums, int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = FloatVector.zero(Lanes.F);
    FloatVector c = FloatVector.zero(Lanes.F);
    FloatVector d = FloatVector.zero(Lanes.F);
    for (int i = 0; i < count; i++) {
      // A bit that is not set flips the sign.
      long word = ~bits[at + i] >>> shift;
      IntVector weight = FloatVector.broadcast(Lanes.F, weights[i]).reinterpretAsInts();
      a = a.add(flipped(weight, (int) word));
      b = b.add(flipped(weight, (int) (word >>> Lanes.L)));
      c = c.add(flipped(weight, (int) (word >>> (2 * Lanes.L))));
      d = d.add(flipped(weight, (int) (word >>> (3 * Lanes.L))));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + Lanes.L);
    c.intoArray(sums, to + 2 * Lanes.L);
    d.intoArray(sums, to + 3 * Lanes.L);
  }

  private static FloatVector flipped(IntVector weight, int bits) {
    return IntVector.broadcast(Lanes.I, bits)
        .lanewise(VectorOperators.LSHL, TO_SIGN)
        .and(Integer.MIN_VALUE)
        .lanewise(VectorOperators.XOR, weight)
        .reinterpretAsFloats();
  }
}
