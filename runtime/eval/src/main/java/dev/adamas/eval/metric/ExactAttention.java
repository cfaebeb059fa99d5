package dev.adamas.eval.metric;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Full attention of one query head over a cache, in double precision, and what a selection kept of
 * it. The caches are read row by row, so this is for measuring, not for decoding.
 */
public final class ExactAttention {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  private final double[] logits;
  private final double[] weights;
  private final double[] output;

  private ExactAttention(double[] logits, double[] weights, double[] output) {
    this.logits = logits;
    this.weights = weights;
    this.output = output;
  }

  /**
   * Attends over all cached tokens.
   *
   * @param view the cache of the layer, in host memory
   * @param query of the head
   * @param queryHead its number
   */
  public static ExactAttention of(KvView view, float[] query, int queryHead) {
    int head = queryHead / view.shape().groupSize();
    int tokens = view.length();
    int dim = view.shape().headDim();
    double[] logits = new double[tokens];
    float[] row = new float[dim];
    double max = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < tokens; token++) {
      KvView.Page.Host page = page(view, token);
      long at = offset(view, token, view.keyTokenStride()) + head * view.keyHeadStride();
      read(view.type(), page.keys(), at, row);
      double sum = 0;
      for (int j = 0; j < dim; j++) {
        sum += (double) query[j] * row[j];
      }
      logits[token] = sum * view.shape().softmaxScale();
      max = Math.max(max, logits[token]);
    }
    double[] weights = new double[tokens];
    double total = 0;
    for (int token = 0; token < tokens; token++) {
      weights[token] = Math.exp(logits[token] - max);
      total += weights[token];
    }
    double[] output = new double[dim];
    for (int token = 0; token < tokens; token++) {
      weights[token] /= total;
      KvView.Page.Host page = page(view, token);
      long at = offset(view, token, view.valueTokenStride()) + head * view.valueHeadStride();
      read(view.type(), page.values(), at, row);
      for (int j = 0; j < dim; j++) {
        output[j] += weights[token] * row[j];
      }
    }
    return new ExactAttention(logits, weights, output);
  }

  private static KvView.Page.Host page(KvView view, int token) {
    return switch (view.page(token / view.tokensPerPage())) {
      case KvView.Page.Host host -> host;
      case KvView.Page.Device _ ->
          throw new IllegalStateException(
              "Exact attention reads host memory, but this cache is a device's; use a host cache.");
    };
  }

  private static long offset(KvView view, int token, long stride) {
    return token % view.tokensPerPage() * stride;
  }

  private static void read(KvType type, MemorySegment segment, long at, float[] row) {
    for (int j = 0; j < row.length; j++) {
      row[j] =
          switch (type) {
            case F32 -> segment.get(FLOAT, at + 4L * j);
            case F16 -> Float.float16ToFloat(segment.get(HALF, at + 2L * j));
            case BF16 -> Float.intBitsToFloat(segment.get(HALF, at + 2L * j) << 16);
          };
    }
  }

  /** The share of the {@code positions.length} largest logits that the positions have. */
  public double recall(int[] positions) {
    double[] sorted = logits.clone();
    Arrays.sort(sorted);
    double least = sorted[sorted.length - positions.length];
    long hits = Arrays.stream(positions).filter(position -> logits[position] >= least).count();
    return (double) hits / positions.length;
  }

  /** The attention weight that the positions have together. */
  public double mass(int[] positions) {
    return Arrays.stream(positions).mapToDouble(position -> weights[position]).sum();
  }

  /** The distance of an output from this one, as a share of this one's length. */
  public double error(float[] other) {
    double difference = 0;
    double length = 0;
    for (int j = 0; j < output.length; j++) {
      difference += (other[j] - output[j]) * (other[j] - output[j]);
      length += output[j] * output[j];
    }
    return Math.sqrt(difference / length);
  }
}
