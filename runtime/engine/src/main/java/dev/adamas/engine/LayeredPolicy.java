package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A policy with others in some layers, as {@link EngineConfig#layers} asks for.
 *
 * @param base the policy of all other layers
 * @param parts ranges that do not overlap
 */
record LayeredPolicy(AttentionPolicy base, List<Part> parts) implements AttentionPolicy {

  /** A range of layers and its policy. */
  record Part(EngineConfig.LayerOverride range, AttentionPolicy policy) {}

  LayeredPolicy {
    parts = List.copyOf(parts);
  }

  @Override
  public ComponentSpec spec() {
    Map<String, String> params = new TreeMap<>();
    params.put("policy", base.spec().toString());
    parts.forEach(o -> params.put(o.range().range(), o.policy().spec().toString()));
    return ComponentSpec.of("layered", 1, params);
  }

  @Override
  public KvEffect kvEffect() {
    return base.kvEffect() == KvEffect.EVICTS
            || parts.stream().anyMatch(o -> o.policy().kvEffect() == KvEffect.EVICTS)
        ? KvEffect.EVICTS
        : KvEffect.VISIBILITY_ONLY;
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    for (Part part : parts) {
      EngineConfig.LayerOverride range = part.range();
      if (range.last() >= shape.layers()) {
        throw new IllegalArgumentException(
            "layers: %s goes beyond this model, which has layers 0 to %d."
                .formatted(range.range(), shape.layers() - 1));
      }
      if (layer >= range.first() && layer <= range.last()) {
        return part.policy().plan(layer, shape);
      }
    }
    return base.plan(layer, shape);
  }
}
