package dev.adamas.engine;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The logits of one query head over a whole cache in host memory, for measuring a selection. Plain
 * float arithmetic: a few milliseconds for 32768 tokens.
 */
final class ExactLogits {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final float[] logits;

  private ExactLogits(float[] logits) {
    this.logits = logits;
  }

  /**
   * Computes them.
   *
   * @param query float32 {@code [queryHeads][headDim]}
   * @throws SwapException where the cache is a device's
   */
  static ExactLogits of(KvView view, MemorySegment query, int queryHead) {
    int dim = view.shape().headDim();
    int kvHead = queryHead / view.shape().groupSize();
    float[] of = new float[dim];
    MemorySegment.copy(query, FLOAT, 4L * queryHead * dim, of, 0, dim);
    float[] logits = new float[view.length()];
    float[] row = new float[dim];
    short[] halves = new short[dim];
    for (int token = 0; token < logits.length; token++) {
      read(view, kvHead, token, row, halves);
      float sum = 0;
      for (int d = 0; d < dim; d++) {
        sum += of[d] * row[d];
      }
      logits[token] = sum * view.shape().softmaxScale();
    }
    return new ExactLogits(logits);
  }

  /** Reads a key. */
  static void read(KvView view, int kvHead, int token, float[] row, short[] halves) {
    if (!(view.page(token / view.tokensPerPage())
        instanceof KvView.Page.Host(MemorySegment keys, MemorySegment _))) {
      throw new SwapException(
          "The shadow run reads keys in host memory, but this cache is a device's; swap without one.");
    }
    long at = token % view.tokensPerPage() * view.keyTokenStride() + kvHead * view.keyHeadStride();
    if (view.type() == KvType.F32) {
      MemorySegment.copy(keys, FLOAT, at, row, 0, row.length);
      return;
    }
    MemorySegment.copy(keys, SHORT, at, halves, 0, row.length);
    if (view.type() == KvType.F16) {
      for (int d = 0; d < row.length; d++) {
        row[d] = Float.float16ToFloat(halves[d]);
      }
    } else {
      for (int d = 0; d < row.length; d++) {
        row[d] = Float.intBitsToFloat(halves[d] << 16);
      }
    }
  }

  /** The share of the softmax's weight that some positions hold. */
  double mass(int[] positions) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    double all = 0;
    for (float logit : logits) {
      all += Math.exp(logit - largest);
    }
    double held = 0;
    for (int position : positions) {
      held += Math.exp(logits[position] - largest);
    }
    return held / all;
  }

  /** The share of the largest logits, as many as there are positions, that the positions have. */
  double recall(int[] positions) {
    float[] sorted = logits.clone();
    Arrays.sort(sorted);
    float least = sorted[sorted.length - positions.length];
    int hits = 0;
    for (int position : positions) {
      hits += logits[position] >= least ? 1 : 0;
    }
    return (double) hits / positions.length;
  }
}
