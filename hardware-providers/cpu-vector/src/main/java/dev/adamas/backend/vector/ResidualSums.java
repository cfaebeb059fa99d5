package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Weighted sums of decoded value codes. Bucket codes of one and two bits are summed as they lie:
 * with a code's bits h, l and its scale times weight a, {@code Σ a · level = 2·(H·Σ_h a + W·Σ_l a)
 * - outer·Σ a}, {@code H = (outer + inner) / 2}, {@code W = (outer - inner) / 2}, where {@code Σ_h}
 * adds up the tokens whose bit is set; with one bit {@code H} is 1 and {@code W} 0. Other codes are
 * decoded one by one. One instance serves one worker.
 */
final class ResidualSums {

  private final Transform transform;
  private final Quantizer quantizer;
  private final int headDim;
  private final int group;
  private final int dim;
  private final int bits;
  private final boolean fused;
  private final float high;
  private final float low;
  private final TierCodes codes;

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
    this.group = group;
    transform = residual.transform();
    quantizer = residual.quantizer();
    dim = transform.outputDim(headDim);
    ComponentSpec spec = quantizer.spec();
    bits = Integer.parseInt(spec.params().getOrDefault("bits", "0"));
    fused =
        spec.is("bucket", 1)
            && (bits == 1 || bits == 2)
            && !spec.params().getOrDefault("scale", "none").equals("none")
            && spec.params().getOrDefault("center", "").equals("false")
            && dim % Long.SIZE == 0;
    boolean odd = spec.params().getOrDefault("levels", "").equals("odd");
    high = bits == 1 ? 1 : odd ? 2 : 6.5f;
    low = bits == 1 ? 0 : odd ? 1 : 3.5f;
    codes = new TierCodes(fused, bits * dim / Long.SIZE);
    perBit = new float[fused ? group * bits * dim : 0];
    sums = new float[group * dim];
    sumsSegment = MemorySegment.ofArray(sums);
    decoded = new float[dim];
    decodedSegment = MemorySegment.ofArray(decoded);
  }

  /** Where codes are to be read to. */
  TierCodes codes() {
    return codes;
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
      PlaneSums.of(codes.words(), codes.planes(), codes.count(), weights, 0, pitch, heads, perBit);
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
    int count = codes.count();
    if (pitch < count) {
      pitch = Lanes.roundUp(count, SparseIndex.BLOCK);
      weights = new float[group * pitch];
    }
    for (int head = 0; head < heads; head++) {
      scale(tokenWeights, w + head * tokenPitch, codes.scales(), count, weights, head * pitch);
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
    float total = total(weights, head * pitch, codes.count());
    // Signs are plus and minus one, a mask's sums those of the set bits alone.
    float twice = Lanes.L == 16 ? 2 : 1;
    float rest = Lanes.L == 16 ? total * (high + low) : 0;
    int at = head * bits * dim;
    int second = at + (bits - 1) * dim;
    for (int j = 0; j < dim; j++) {
      sums[head * dim + j] = twice * (high * perBit[at + j] + low * perBit[second + j]) - rest;
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
    MemorySegment all = MemorySegment.ofArray(codes.codes());
    int codeBytes = quantizer.codeBytes(dim);
    Arrays.fill(sums, 0, heads * dim, 0);
    for (int i = 0; i < codes.count(); i++) {
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
