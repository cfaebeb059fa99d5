package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;

/**
 * What a sequence falls back to where no plugin can be asked. It has the spec of the policy that
 * plugins offer under this name, because it means the same.
 */
record FullAttention() implements AttentionPolicy {

  static final AttentionPolicy POLICY = new FullAttention();

  private static final ComponentSpec SPEC = ComponentSpec.of("full", 1);

  @Override
  public ComponentSpec spec() {
    return SPEC;
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return new LayerPlan.Dense();
  }
}
