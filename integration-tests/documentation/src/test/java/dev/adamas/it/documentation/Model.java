package dev.adamas.it.documentation;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;

/** What a language-model engine has already: everything before and after attention. */
interface Model {

  /** Layers, query heads, KV heads, head dimension. */
  ModelShape shape();

  /**
   * Computes the rows of tokens {@code from} to {@code to} at a layer, after RoPE: query {@code
   * [rows][queryHeads][headDim]}, keys and values {@code [rows][kvHeads][headDim]}.
   */
  void project(int layer, int from, int to, float[] query, float[] keys, float[] values);

  /** Takes the rows' attention output: residual connection, feed-forward, next layer. */
  void attended(int layer, int from, int to, MemorySegment output);
}
