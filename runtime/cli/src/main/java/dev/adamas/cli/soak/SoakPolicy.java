package dev.adamas.cli.soak;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;

/** Selects in all layers but the first two. */
record SoakPolicy(ComponentSpec spec, LayerPlan sparse) implements AttentionPolicy {

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return layer < 2 ? new LayerPlan.Dense() : sparse;
  }
}
