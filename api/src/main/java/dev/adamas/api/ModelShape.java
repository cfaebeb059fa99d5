package dev.adamas.api;

/**
 * The attention geometry of a model. Query head {@code h} reads KV head {@code h / groupSize()}
 * (grouped-query attention; multi-head attention is the case of one query head per KV head).
 *
 * @param layers decoder layers
 * @param queryHeads query heads per layer, a multiple of {@code kvHeads}
 * @param kvHeads key/value heads per layer
 * @param headDim coordinates of a head's query, key and value
 * @param softmaxScale factor of {@code q·k} inside the softmax, usually {@code 1/sqrt(headDim)}
 */
public record ModelShape(int layers, int queryHeads, int kvHeads, int headDim, float softmaxScale) {

  /**
   * Refuses counts below 1, query heads that are no multiple of the KV heads, and a scale that is
   * not positive and finite.
   */
  public ModelShape {
    if (layers < 1 || queryHeads < 1 || kvHeads < 1 || headDim < 1) {
      throw new IllegalArgumentException(
          "A model needs at least one layer, head and dimension, not %d layers, %d query heads, %d KV heads, dimension %d."
              .formatted(layers, queryHeads, kvHeads, headDim));
    }
    if (queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          queryHeads
              + " query heads cannot share "
              + kvHeads
              + " KV heads evenly; use a multiple.");
    }
    if (!(softmaxScale > 0) || Float.isInfinite(softmaxScale)) {
      throw new IllegalArgumentException(
          "The softmax scale " + softmaxScale + " must be positive and finite.");
    }
  }

  /** A shape with the usual softmax scale, {@code 1/sqrt(headDim)}. */
  public static ModelShape of(int layers, int queryHeads, int kvHeads, int headDim) {
    return new ModelShape(layers, queryHeads, kvHeads, headDim, (float) (1 / Math.sqrt(headDim)));
  }

  /** Query heads that share one KV head. */
  public int groupSize() {
    return queryHeads / kvHeads;
  }
}
