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
import jdk.incubator.vector.VectorMask;
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
  private final int planes;
  private final boolean fused;
  private final float high;
  private final float low;

  // The codes at hand: bits of the planes and scales, or whole where they are decoded one by one.
  private int count;

  private long[] bits = {};
  private short[] scales = {};
  private byte[] codes = {};
  private float[] weights = {};

  /** Where touched words go; without a use they would not be read. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  private final float[] signed;
  private final float[] decoded;
  private final MemorySegment decodedSegment;

  ResidualSums(Tail.Residual residual, int headDim) {
    quantizer = residual.quantizer();
    dim = residual.transform().outputDim(headDim);
    codeBytes = quantizer.codeBytes(dim);
    planes = dim / (Long.SIZE / 2);
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
   * Takes the tokens whose codes {@link #sum} adds up, with any weights.
   *
   * @param own codes of tokens from {@code ownFrom} on, instead of those of the index
   */
  void read(TailIndex index, int kvHead, MemorySegment own, int ownFrom, int[] tokens, int count) {
    this.count = count;
    if (scales.length < count) {
      int room = Lanes.roundUp(count, SparseIndex.BLOCK);
      scales = new short[room];
      weights = new float[room];
      codes = new byte[fused ? 0 : room * codeBytes];
      bits = new long[fused ? room * planes : 0];
    }
    int stored = count;
    while (stored > 0 && tokens[stored - 1] >= ownFrom) {
      stored--;
    }
    // All are under way before the first is needed.
    for (int from = 0, to; from < stored; from = to) {
      to = chunkEnd(tokens, from, stored);
      touched += touch(index, kvHead, tokens, from, to);
    }
    for (int from = 0, to; from < stored; from = to) {
      to = chunkEnd(tokens, from, stored);
      if (fused) {
        readPlanes(index, kvHead, tokens, from, to, planes, bits, scales);
      } else {
        readRows(index, kvHead, tokens, from, to);
      }
    }
    for (int i = stored; i < count; i++) {
      long at = (long) (tokens[i] - ownFrom) * codeBytes;
      if (fused) {
        readPlanes(own, at, planes, bits, i);
        scales[i] = own.get(SHORT, at + (long) planes * Long.BYTES);
      } else {
        MemorySegment.copy(own, ValueLayout.JAVA_BYTE, at, codes, i * codeBytes, codeBytes);
      }
    }
  }

  /** Where the tokens of another chunk begin. */
  private static int chunkEnd(int[] tokens, int from, int count) {
    int chunk = tokens[from] / TailIndex.CODES;
    int to = from + 1;
    while (to < count && tokens[to] / TailIndex.CODES == chunk) {
      to++;
    }
    return to;
  }

  private void readRows(TailIndex index, int kvHead, int[] tokens, int from, int to) {
    MemorySegment segment = index.codes(tokens[from]);
    int bodyBytes = index.bodyBytes();
    int restBytes = codeBytes - bodyBytes;
    for (int i = from; i < to; i++) {
      long token = tokens[i] % TailIndex.CODES;
      long body = index.bodiesAt(kvHead) + token * bodyBytes;
      long rest = index.restsAt(kvHead) + token * restBytes;
      int row = i * codeBytes;
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, body, codes, row, bodyBytes);
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, rest, codes, row + bodyBytes, restBytes);
    }
  }

  private static void readPlanes(
      TailIndex index,
      int kvHead,
      int[] tokens,
      int from,
      int to,
      int planes,
      long[] bits,
      short[] scales) {
    MemorySegment segment = index.codes(tokens[from]);
    long bodies = index.bodiesAt(kvHead);
    long rests = index.restsAt(kvHead);
    for (int i = from; i < to; i++) {
      long token = tokens[i] % TailIndex.CODES;
      readPlanes(segment, bodies + token * planes * Long.BYTES, planes, bits, i);
      scales[i] = segment.get(SHORT, rests + token * Short.BYTES);
    }
  }

  private static void readPlanes(MemorySegment segment, long at, int planes, long[] bits, int i) {
    int to = i * planes;
    if (planes == 4) {
      bits[to] = segment.get(LONG, at);
      bits[to + 1] = segment.get(LONG, at + 8);
      bits[to + 2] = segment.get(LONG, at + 16);
      bits[to + 3] = segment.get(LONG, at + 24);
      return;
    }
    for (int plane = 0; plane < planes; plane++) {
      bits[to + plane] = segment.get(LONG, at + (long) plane * Long.BYTES);
    }
  }

  /**
   * One word of each code, and nothing else, so that more loads are under way at once: codes lie
   * here and there, most of them in memory.
   */
  private static long touch(TailIndex index, int kvHead, int[] tokens, int from, int to) {
    MemorySegment segment = index.codes(tokens[from]);
    long bodies = index.bodiesAt(kvHead);
    int bodyBytes = index.bodyBytes();
    long sum = 0;
    for (int i = from; i < to; i++) {
      long token = tokens[i] % TailIndex.CODES;
      sum += segment.get(ValueLayout.JAVA_BYTE, bodies + token * bodyBytes);
    }
    return sum;
  }

  /**
   * Adds up what was read.
   *
   * @param tokenWeights weight of each token
   * @param sums {@code [dim]} of the transform, written
   */
  void sum(float[] tokenWeights, float[] sums) {
    if (fused) {
      for (int i = 0; i < count; i++) {
        weights[i] = tokenWeights[i] * Float.float16ToFloat(scales[i]);
      }
      sumPlanes(sums);
      return;
    }
    MemorySegment all = MemorySegment.ofArray(codes);
    Arrays.fill(sums, 0, dim, 0);
    for (int i = 0; i < count; i++) {
      quantizer.decode(all.asSlice((long) i * codeBytes, codeBytes), 1, dim, decodedSegment);
      for (int j = 0; j < dim; j++) {
        sums[j] += tokenWeights[i] * decoded[j];
      }
    }
  }

  private void sumPlanes(float[] sums) {
    for (int plane = 0; plane < planes; plane++) {
      for (int from = 0; from < Long.SIZE; from += PASS) {
        int to = plane * Long.SIZE + from;
        if (Lanes.L == 16) {
          masked(bits, plane, planes, weights, count, signed, to);
        } else {
          signs(bits, plane, planes, from, weights, count, signed, to);
        }
      }
    }
    float total = 0;
    for (int i = 0; i < count; i++) {
      total += weights[i];
    }
    // Signs are plus and minus one, a mask's sums those of the set bits alone.
    float twice = Lanes.L == 16 ? 2 : 1;
    float rest = Lanes.L == 16 ? total * (high + low) : 0;
    for (int j = 0; j < dim; j++) {
      sums[j] = twice * (high * signed[j] + low * signed[dim + j]) - rest;
    }
  }

  /** Sums of the weights whose bit is set: with AVX-512 an addition takes bits as a mask. */
  private static void masked(
      long[] bits, int at, int pitch, float[] weights, int count, float[] sums, int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = FloatVector.zero(Lanes.F);
    FloatVector c = FloatVector.zero(Lanes.F);
    FloatVector d = FloatVector.zero(Lanes.F);
    for (int i = 0; i < count; i++) {
      long word = bits[at + i * pitch];
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[i]);
      a = a.add(weight, VectorMask.fromLong(Lanes.F, word));
      b = b.add(weight, VectorMask.fromLong(Lanes.F, word >>> 16));
      c = c.add(weight, VectorMask.fromLong(Lanes.F, word >>> 32));
      d = d.add(weight, VectorMask.fromLong(Lanes.F, word >>> 48));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + Lanes.L);
    c.intoArray(sums, to + 2 * Lanes.L);
    d.intoArray(sums, to + 3 * Lanes.L);
  }

  /** Sums of weights with the signs that bits give: plus where one is set. */
  private static void signs(
      long[] bits, int at, int pitch, int shift, float[] weights, int count, float[] sums, int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = FloatVector.zero(Lanes.F);
    FloatVector c = FloatVector.zero(Lanes.F);
    FloatVector d = FloatVector.zero(Lanes.F);
    for (int i = 0; i < count; i++) {
      // A bit that is not set flips the sign.
      long word = ~bits[at + i * pitch] >>> shift;
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
