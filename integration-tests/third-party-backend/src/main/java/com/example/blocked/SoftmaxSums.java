package com.example.blocked;

import dev.adamas.api.KvView;
import java.util.Arrays;

/**
 * Attention of several queries over tokens that come in chunks: each query keeps its largest logit,
 * its sum of weights and its weighted sum of values, and scales them down when a larger logit
 * comes. The order of chunks is the caller's, so a query's result does not depend on the others.
 */
final class SoftmaxSums {

  /** Tokens of a chunk. */
  static final int CHUNK = 64;

  private final int dim;
  private final float scale;
  private final RowReader reader;

  /** Keys of the chunk, {@code [dim][CHUNK]}: the loop over tokens is the inner one. */
  private final float[] keys;

  private final float[] values;
  private final float[] logits = new float[CHUNK];
  private final float[] row;

  private final float[] largest;
  private final double[] totals;
  private final float[] sums;

  /**
   * @param queries that are computed at once
   * @param dim coordinates of a head
   * @param scale factor of the products inside the softmax
   */
  SoftmaxSums(int queries, int dim, float scale) {
    this.dim = dim;
    this.scale = scale;
    this.reader = new RowReader(dim);
    this.keys = new float[dim * CHUNK];
    this.values = new float[CHUNK * dim];
    this.row = new float[dim];
    this.largest = new float[queries];
    this.totals = new double[queries];
    this.sums = new float[queries * dim];
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(largest, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0);
    Arrays.fill(sums, 0);
  }

  /** Loads consecutive tokens, at most {@link #CHUNK}. */
  void loadRange(KvView cache, int head, int first, int count) {
    for (int i = 0; i < count; i++) {
      load(cache, head, first + i, i);
    }
  }

  /** Loads some tokens, at most {@link #CHUNK}. */
  void loadTokens(KvView cache, int head, int[] tokens, int first, int count) {
    for (int i = 0; i < count; i++) {
      load(cache, head, tokens[first + i], i);
    }
  }

  private void load(KvView cache, int head, int token, int at) {
    reader.key(cache, token, head, row, 0);
    for (int j = 0; j < dim; j++) {
      keys[j * CHUNK + at] = row[j];
    }
    reader.value(cache, token, head, values, at * dim);
  }

  /** Lets a query see the first {@code count} tokens of what was loaded. */
  void add(int query, float[] queries, int at, int count) {
    Arrays.fill(logits, 0, count, 0);
    for (int j = 0; j < dim; j++) {
      float coordinate = queries[at + j] * scale;
      int keysAt = j * CHUNK;
      for (int i = 0; i < count; i++) {
        logits[i] += coordinate * keys[keysAt + i];
      }
    }
    float before = largest[query];
    float now = before;
    for (int i = 0; i < count; i++) {
      now = Math.max(now, logits[i]);
    }
    int sumsAt = query * dim;
    if (now != before) {
      float shrink = (float) Math.exp(before - now);
      totals[query] *= shrink;
      for (int j = 0; j < dim; j++) {
        sums[sumsAt + j] *= shrink;
      }
      largest[query] = now;
    }
    double total = 0;
    for (int i = 0; i < count; i++) {
      float weight = (float) Math.exp(logits[i] - now);
      total += weight;
      int valuesAt = i * dim;
      for (int j = 0; j < dim; j++) {
        sums[sumsAt + j] += weight * values[valuesAt + j];
      }
    }
    totals[query] += total;
  }

  /** Writes the result of a query. */
  void result(int query, float[] target, int at) {
    float inverse = (float) (1 / totals[query]);
    for (int j = 0; j < dim; j++) {
      target[at + j] = sums[query * dim + j] * inverse;
    }
  }
}
