package dev.adamas.backend.vector;

import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.util.Optional;

/**
 * The quantiser of a KV head, calibrated.
 *
 * @param cuts what {@link BucketEncoder} needs to encode in its place
 */
record KeyQuantizer(Quantizer quantizer, Optional<BucketCuts> cuts) {

  static KeyQuantizer of(Transform transform, Quantizer quantizer, int headDim) {
    return new KeyQuantizer(quantizer, BucketCuts.of(transform, quantizer, headDim));
  }
}
