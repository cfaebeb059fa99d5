package dev.adamas.model.decoder;

import dev.adamas.api.ModelShape;
import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.gguf.GgufMetadata;
import dev.adamas.model.gguf.GgufTensor;
import java.util.Optional;

/**
 * The numbers that describe a decoder, as its file states them.
 *
 * @param architecture the family, such as {@code llama}
 * @param shape layers, heads, head dimension and softmax scale
 * @param width values of the residual stream
 * @param feedForward hidden values of a feed-forward layer
 * @param vocabulary tokens
 * @param context tokens a sequence may have
 * @param epsilon of the norms
 * @param rotaryDim leading values of each head that are rotated
 */
public record DecoderConfig(
    String architecture,
    ModelShape shape,
    int width,
    int feedForward,
    int vocabulary,
    int context,
    float epsilon,
    int rotaryDim) {

  /** More than any model has; keeps products of hostile sizes within an int. */
  private static final int MOST = 1 << 24;

  /**
   * Reads the configuration of a file.
   *
   * @throws ModelException if the architecture is unknown or a number makes no sense
   * @throws dev.adamas.model.gguf.GgufException if a key is missing or of another type
   */
  public static DecoderConfig read(GgufFile file) {
    GgufMetadata meta = file.metadata();
    Architecture architecture =
        Architecture.of(meta.requireString("general.architecture"), file.name());
    String prefix = architecture.key() + ".";
    refuseExperts(meta, prefix);

    int layers = count(meta, prefix + "block_count");
    int width = count(meta, prefix + "embedding_length");
    int feedForward = count(meta, prefix + "feed_forward_length");
    int heads = count(meta, prefix + "attention.head_count");
    int kvHeads = count(meta, prefix + "attention.head_count_kv", heads);
    if (heads % kvHeads != 0) {
      throw new ModelException(
          "%s has %d query heads and %d key/value heads, which do not divide; convert it again."
              .formatted(file.name(), heads, kvHeads));
    }
    if (meta.integer(prefix + "attention.key_length").isEmpty() && width % heads != 0) {
      throw new ModelException(
          "%s gives no head dimension, and its width %d is no multiple of its %d heads; convert it again."
              .formatted(file.name(), width, heads));
    }
    int headDim = count(meta, prefix + "attention.key_length", width / heads);
    int valueDim = count(meta, prefix + "attention.value_length", headDim);
    if (valueDim != headDim) {
      throw new ModelException(
          "%s has keys of %d and values of %d dimensions; only equal dimensions can be run."
              .formatted(file.name(), headDim, valueDim));
    }
    if ((long) heads * headDim > MOST) {
      throw new ModelException(
          "%s has %d heads of %d dimensions, more than any model; the file is damaged."
              .formatted(file.name(), heads, headDim));
    }
    int rotaryDim = count(meta, prefix + "rope.dimension_count", headDim);
    if (rotaryDim % 2 != 0 || rotaryDim > headDim) {
      throw new ModelException(
          "%s rotates %d of %d head dimensions; an even number of at most the head dimension is needed."
              .formatted(file.name(), rotaryDim, headDim));
    }
    float epsilon = (float) meta.requireNumber(prefix + "attention.layer_norm_rms_epsilon");
    if (!(epsilon >= 0 && epsilon < 1)) {
      throw new ModelException(
          "%s has norm epsilon %s; a number from 0 to 1 is needed."
              .formatted(file.name(), epsilon));
    }
    double scale = meta.number(prefix + "attention.scale").orElse(0);
    ModelShape shape =
        scale > 0
            ? new ModelShape(layers, heads, kvHeads, headDim, (float) scale)
            : ModelShape.of(layers, heads, kvHeads, headDim);
    return new DecoderConfig(
        architecture.key(),
        shape,
        width,
        feedForward,
        vocabulary(file),
        context(meta, prefix),
        epsilon,
        rotaryDim);
  }

  private static int vocabulary(GgufFile file) {
    Optional<GgufTensor> embedding = file.tensor("token_embd.weight");
    long rows = embedding.map(GgufTensor::rows).orElse(0L);
    if (rows < 1 || rows > MOST) {
      throw new ModelException(
          "%s has no usable tensor token_embd.weight; use a file that is a complete model."
              .formatted(file.name()));
    }
    return (int) rows;
  }

  /**
   * Up to the length of the sliding window of Mistral 7B v0.1 and its like, sliding attention is
   * the same as full attention, so that much of the context can be used and is right.
   */
  private static int context(GgufMetadata meta, String prefix) {
    int context = count(meta, prefix + "context_length");
    long window = meta.integer(prefix + "attention.sliding_window").orElse(0);
    return window > 0 && window < context ? (int) window : context;
  }

  private static void refuseExperts(GgufMetadata meta, String prefix) {
    long experts = meta.integer(prefix + "expert_count").orElse(0);
    if (experts > 0) {
      throw new ModelException(
          "%s is a mixture of %d experts, which cannot be run; use a dense model."
              .formatted(meta.fileName(), experts));
    }
  }

  private static int count(GgufMetadata meta, String key) {
    return checked(meta, key, meta.requireInteger(key));
  }

  private static int count(GgufMetadata meta, String key, int otherwise) {
    return checked(meta, key, meta.integer(key).orElse(otherwise));
  }

  private static int checked(GgufMetadata meta, String key, long value) {
    if (value < 1 || value > MOST) {
      throw new ModelException(
          "%s: metadata key '%s' is %d, but a number from 1 to %d is needed; the file is damaged."
              .formatted(meta.fileName(), key, value, MOST));
    }
    return (int) value;
  }

  /** Query values per token. */
  int queryWidth() {
    return shape.queryHeads() * shape.headDim();
  }

  /** Key (or value) values per token. */
  int kvWidth() {
    return shape.kvHeads() * shape.headDim();
  }
}
