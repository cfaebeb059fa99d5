package dev.adamas.baseline;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;

/** Dense in the first layers, one plan for all others. */
record LayeredPolicy(ComponentSpec spec, int denseLayers, LayerPlan plan)
    implements AttentionPolicy {

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return layer < denseLayers ? new LayerPlan.Dense() : plan;
  }
}
