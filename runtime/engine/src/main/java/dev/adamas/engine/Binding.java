package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ModelShape;
import java.util.List;
import java.util.stream.Stream;

/**
 * A policy on one shape: the kernel of each layer, for decoding and for prefill.
 *
 * @param policy what was bound
 * @param shape the model
 * @param decode per layer
 * @param prefill per layer; the same kernels where the policy attends during prefill
 */
record Binding(
    AttentionPolicy policy, ModelShape shape, List<BoundKernel> decode, List<BoundKernel> prefill) {

  Binding {
    decode = List.copyOf(decode);
    prefill = List.copyOf(prefill);
  }

  /** Every use of a kernel, as {@link Kernels} counts them. */
  Stream<BoundKernel> kernels() {
    return Stream.concat(decode.stream(), prefill.stream());
  }
}
