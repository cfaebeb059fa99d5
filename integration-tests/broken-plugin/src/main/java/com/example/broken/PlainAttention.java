package com.example.broken;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.IntFunction;

/** Softmax attention of one query over some tokens, number by number. This part is not broken. */
final class PlainAttention {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ModelShape shape;

  PlainAttention(ModelShape shape) {
    this.shape = shape;
  }

  void attend(
      KvView cache,
      IntFunction<KvView.Page> pages,
      int[] tokens,
      int head,
      int row,
      MemorySegment query,
      MemorySegment output) {
    int dim = shape.headDim();
    int kvHead = head / shape.groupSize();
    long at = 4L * ((long) row * shape.queryHeads() + head) * dim;
    double[] weights = new double[tokens.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < tokens.length; i++) {
      int inPage = tokens[i] % cache.tokensPerPage();
      long key = inPage * cache.keyTokenStride() + kvHead * cache.keyHeadStride();
      MemorySegment keys = host(pages, cache, tokens[i]).keys();
      for (int j = 0; j < dim; j++) {
        weights[i] += (double) query.get(FLOAT, at + 4L * j) * number(keys, key, j, cache.type());
      }
      weights[i] *= shape.softmaxScale();
      largest = Math.max(largest, weights[i]);
    }
    double total = 0;
    double[] sums = new double[dim];
    for (int i = 0; i < tokens.length; i++) {
      int inPage = tokens[i] % cache.tokensPerPage();
      long value = inPage * cache.valueTokenStride() + kvHead * cache.valueHeadStride();
      MemorySegment values = host(pages, cache, tokens[i]).values();
      double weight = Math.exp(weights[i] - largest);
      total += weight;
      for (int j = 0; j < dim; j++) {
        sums[j] += weight * number(values, value, j, cache.type());
      }
    }
    for (int j = 0; j < dim; j++) {
      output.set(FLOAT, at + 4L * j, (float) (sums[j] / total));
    }
  }

  private static KvView.Page.Host host(IntFunction<KvView.Page> pages, KvView cache, int token) {
    if (pages.apply(token / cache.tokensPerPage()) instanceof KvView.Page.Host host) {
      return host;
    }
    throw new IllegalArgumentException("The faulty backend reads host memory only.");
  }

  private static float number(MemorySegment rows, long offset, int j, KvType type) {
    return switch (type) {
      case F32 -> rows.get(FLOAT, offset + 4L * j);
      case F16 -> Float.float16ToFloat(rows.get(SHORT, offset + 2L * j));
      case BF16 -> Float.intBitsToFloat(rows.get(SHORT, offset + 2L * j) << 16);
    };
  }
}
