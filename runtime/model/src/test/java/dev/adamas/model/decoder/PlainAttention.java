package dev.adamas.model.decoder;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Dense causal attention from its definition, over float32 keys and values. Keys are stored
 * dimension by dimension, so that the compiler vectorises the plain loops.
 */
final class PlainAttention implements Attention {
  private final ModelShape shape;
  private final float[][][] keys;
  private final float[][][] values;
  private final int[] lengths;

  PlainAttention(ModelShape shape, int capacity) {
    this.shape = shape;
    int heads = shape.layers() * shape.kvHeads();
    keys = new float[heads][shape.headDim()][capacity];
    values = new float[heads][capacity][shape.headDim()];
    lengths = new int[shape.layers()];
  }

  @Override
  public void append(int layer, MemorySegment k, MemorySegment v, int tokens) {
    int dim = shape.headDim();
    for (int t = 0; t < tokens; t++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        for (int i = 0; i < dim; i++) {
          long at = ((long) t * shape.kvHeads() + head) * dim + i;
          int token = lengths[layer] + t;
          keys[layer * shape.kvHeads() + head][i][token] = k.getAtIndex(ValueLayout.JAVA_FLOAT, at);
          values[layer * shape.kvHeads() + head][token][i] =
              v.getAtIndex(ValueLayout.JAVA_FLOAT, at);
        }
      }
    }
    lengths[layer] += tokens;
  }

  @Override
  public void attend(int layer, int rows, MemorySegment queries, MemorySegment output) {
    int dim = shape.headDim();
    int first = lengths[layer] - rows;
    IntStream.range(0, rows * shape.queryHeads())
        .parallel()
        .forEach(
            task -> {
              int visible = first + task / shape.queryHeads() + 1;
              int kvHead = task % shape.queryHeads() / shape.groupSize();
              float[][] k = keys[layer * shape.kvHeads() + kvHead];
              float[][] v = values[layer * shape.kvHeads() + kvHead];
              float[] weights = new float[visible];
              float[] q = new float[dim];
              for (int i = 0; i < dim; i++) {
                q[i] =
                    queries.getAtIndex(ValueLayout.JAVA_FLOAT, (long) task * dim + i)
                        * shape.softmaxScale();
              }
              for (int i = 0; i < dim; i += 4) {
                axpy4(q, k, i, weights, visible);
              }
              float max = Float.NEGATIVE_INFINITY;
              for (float w : weights) {
                max = Math.max(max, w);
              }
              double sum = 0;
              for (int t = 0; t < visible; t++) {
                weights[t] = (float) Math.exp(weights[t] - max);
                sum += weights[t];
              }
              float[] out = new float[dim];
              int t = 0;
              for (; t + 4 <= visible; t += 4) {
                axpy4(weights, v, t, out, dim);
              }
              for (; t < visible; t++) {
                axpy(weights[t], v[t], out, dim);
              }
              for (int i = 0; i < dim; i++) {
                output.setAtIndex(
                    ValueLayout.JAVA_FLOAT, (long) task * dim + i, (float) (out[i] / sum));
              }
            });
  }

  /** Four rows at a time, so that {@code y} is read and written a quarter as often. */
  private static void axpy4(float[] factors, float[][] x, int at, float[] y, int n) {
    float[] a = x[at];
    float[] b = x[at + 1];
    float[] c = x[at + 2];
    float[] d = x[at + 3];
    float fa = factors[at];
    float fb = factors[at + 1];
    float fc = factors[at + 2];
    float fd = factors[at + 3];
    for (int t = 0; t < n; t++) {
      y[t] += (fa * a[t] + fb * b[t]) + (fc * c[t] + fd * d[t]);
    }
  }

  /** All arrays at the same index: the only form that the compiler vectorises. */
  private static void axpy(float factor, float[] x, float[] y, int n) {
    for (int t = 0; t < n; t++) {
      y[t] += factor * x[t];
    }
  }

  void truncate(int length) {
    Arrays.fill(lengths, length);
  }
}
