package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

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

  /** Words that are moved together, where vectors are as long. */
  private static final VectorSpecies<Long> WORDS = LongVector.SPECIES_256;

  private final Transform transform;
  private final Quantizer quantizer;
  private final int headDim;
  private final int group;
  private final int dim;
  private final int codeBytes;
  private final int planes;
  private final boolean fused;
  private final float high;
  private final float low;

  // The codes at hand: words and scales, or whole where they are decoded one by one.
  private int count;

  private long[] words = {};
  private short[] scales = {};
  private byte[] codes = {};

  /** Weights with scales, {@code [heads][pitch]}. */
  private float[] weights = {};

  private int pitch;

  private final float[] perBit;
  private final float[] sums;
  private final MemorySegment sumsSegment;
  private final float[] decoded;
  private final MemorySegment decodedSegment;

  ResidualSums(Tail.Residual residual, int headDim, int group) {
    this.headDim = headDim;
    transform = residual.transform();
    quantizer = residual.quantizer();
    dim = transform.outputDim(headDim);
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
    this.group = group;
    perBit = new float[fused ? group * 2 * dim : 0];
    sums = new float[group * dim];
    sumsSegment = MemorySegment.ofArray(sums);
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
      codes = new byte[fused ? 0 : room * codeBytes];
      words = new long[fused ? room * planes : 0];
    }
    int stored = count;
    while (stored > 0 && tokens[stored - 1] >= ownFrom) {
      stored--;
    }
    for (int from = 0, to; from < stored; from = to) {
      to = chunkEnd(tokens, from, stored);
      if (fused) {
        readPlanes(index, kvHead, tokens, from, to, planes, words, scales);
      } else {
        readRows(index, kvHead, tokens, from, to);
      }
    }
    for (int i = stored; i < count; i++) {
      long at = (long) (tokens[i] - ownFrom) * codeBytes;
      if (fused) {
        readPlanes(own, at, planes, words, i * planes);
        scales[i] = own.get(SHORT, at + (long) planes * Long.BYTES);
      } else {
        MemorySegment.copy(own, ValueLayout.JAVA_BYTE, at, codes, i * codeBytes, codeBytes);
      }
    }
  }

  /** Where the tokens of another chunk begin. */
  private static int chunkEnd(int[] tokens, int from, int count) {
    int end = (tokens[from] / TailIndex.CODES + 1) * TailIndex.CODES;
    int to = from + 1;
    while (to < count && tokens[to] < end) {
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
      long[] words,
      short[] scales) {
    MemorySegment segment = index.codes(tokens[from]);
    long bodies = index.bodiesAt(kvHead);
    long rests = index.restsAt(kvHead);
    for (int i = from; i < to; i++) {
      long token = tokens[i] % TailIndex.CODES;
      readPlanes(segment, bodies + token * planes * Long.BYTES, planes, words, i * planes);
      scales[i] = segment.get(SHORT, rests + token * Short.BYTES);
    }
  }

  private static void readPlanes(MemorySegment segment, long at, int planes, long[] words, int to) {
    if (Lanes.L >= 8 && planes == WORDS.length()) {
      LongVector.fromMemorySegment(WORDS, segment, at, ByteOrder.LITTLE_ENDIAN)
          .intoArray(words, to);
      return;
    }
    for (int plane = 0; plane < planes; plane++) {
      words[to + plane] = segment.get(LONG, at + (long) plane * Long.BYTES);
    }
  }

  /**
   * Adds up what was read, for some heads.
   *
   * @param tokenWeights weights of the tokens, {@code [heads][tokenPitch]} from {@code w} on
   * @param output {@code [heads][headDim]} from {@code to} on, written
   */
  void sum(float[] tokenWeights, int w, int tokenPitch, int heads, float[] output, int to) {
    if (fused) {
      weigh(tokenWeights, w, tokenPitch, heads);
      PlaneSums.of(words, planes, count, weights, 0, pitch, heads, perBit);
      for (int head = 0; head < heads; head++) {
        levels(head);
      }
    } else {
      decode(tokenWeights, w, tokenPitch, heads);
    }
    long at = (long) to * Float.BYTES;
    long bytes = (long) heads * headDim * Float.BYTES;
    transform.invert(sumsSegment, heads, headDim, MemorySegment.ofArray(output).asSlice(at, bytes));
  }

  private void weigh(float[] tokenWeights, int w, int tokenPitch, int heads) {
    if (pitch < count) {
      pitch = scales.length;
      weights = new float[group * pitch];
    }
    for (int head = 0; head < heads; head++) {
      scale(tokenWeights, w + head * tokenPitch, scales, count, weights, head * pitch);
    }
  }

  private static void scale(
      float[] from, int at, short[] scales, int count, float[] weights, int to) {
    for (int i = 0; i < count; i++) {
      weights[to + i] = from[at + i] * Float.float16ToFloat(scales[i]);
    }
  }

  /** Sums of levels from those of bits. */
  private void levels(int head) {
    float total = total(weights, head * pitch, count);
    // Signs are plus and minus one, a mask's sums those of the set bits alone.
    float twice = Lanes.L == 16 ? 2 : 1;
    float rest = Lanes.L == 16 ? total * (high + low) : 0;
    int at = head * 2 * dim;
    for (int j = 0; j < dim; j++) {
      sums[head * dim + j] = twice * (high * perBit[at + j] + low * perBit[at + dim + j]) - rest;
    }
  }

  private static float total(float[] weights, int at, int count) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    int whole = count - count % Lanes.L;
    for (int i = 0; i < whole; i += Lanes.L) {
      sum = sum.add(FloatVector.fromArray(Lanes.F, weights, at + i));
    }
    float total = Lanes.sum(sum);
    for (int i = whole; i < count; i++) {
      total += weights[at + i];
    }
    return total;
  }

  private void decode(float[] tokenWeights, int w, int tokenPitch, int heads) {
    MemorySegment all = MemorySegment.ofArray(codes);
    Arrays.fill(sums, 0, heads * dim, 0);
    for (int i = 0; i < count; i++) {
      quantizer.decode(all.asSlice((long) i * codeBytes, codeBytes), 1, dim, decodedSegment);
      for (int head = 0; head < heads; head++) {
        float weight = tokenWeights[w + head * tokenPitch + i];
        for (int j = 0; j < dim; j++) {
          sums[head * dim + j] += weight * decoded[j];
        }
      }
    }
  }
}
