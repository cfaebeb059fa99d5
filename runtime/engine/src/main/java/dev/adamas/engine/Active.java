package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.util.stream.Stream;

/**
 * What a session runs: a policy's kernels with the session's indexes for them. It never changes;
 * another policy is another one of these.
 */
final class Active {

  private final Binding binding;
  private final boolean follows;
  private final String policy;
  private final LayerIndex[] decode;
  private final LayerIndex[] prefill;

  /** Steps of a layer that threw, for the thread that has the session. */
  int failures;

  /**
   * @param binding acquired for this, to be released after {@link #drop}
   * @param follows whether it is what the engine is configured for, and changes when that does
   */
  Active(Binding binding, boolean follows) {
    this.binding = binding;
    this.follows = follows;
    policy = binding.policy().spec().toString();
    int layers = binding.shape().layers();
    decode = new LayerIndex[layers];
    prefill = new LayerIndex[layers];
    for (int layer = 0; layer < layers; layer++) {
      BoundKernel decoding = binding.decode().get(layer);
      BoundKernel reading = binding.prefill().get(layer);
      decode[layer] = new LayerIndex(decoding);
      prefill[layer] = reading == decoding ? decode[layer] : new LayerIndex(reading);
    }
  }

  Binding binding() {
    return binding;
  }

  /** Whether it follows the engine's configured policy. */
  boolean follows() {
    return follows;
  }

  /** The policy in text. */
  String policy() {
    return policy;
  }

  /** The index that attends at a layer while decoding. */
  LayerIndex decode(int layer) {
    return decode[layer];
  }

  /** The index that attends at a layer while the prompt is read. */
  LayerIndex prefill(int layer) {
    return prefill[layer];
  }

  /** Whether a layer decodes with the index that it reads the prompt with. */
  boolean decodesAsItReads(int layer) {
    return decode[layer] == prefill[layer];
  }

  /** Every index once. */
  Stream<LayerIndex> indexes() {
    return Stream.concat(Stream.of(decode), Stream.of(prefill)).distinct();
  }

  /** Bytes of all indexes. */
  long bytes() {
    return indexes().mapToLong(LayerIndex::bytes).sum();
  }

  /** Follows a truncation of a layer to {@code length} tokens. */
  void truncate(int layer, KvView view, int length) {
    decode[layer].truncate(view, length);
    if (!decodesAsItReads(layer)) {
      prefill[layer].truncate(view, length);
    }
  }

  /** Frees the indexes. */
  void drop() {
    indexes().forEach(LayerIndex::drop);
  }
}
