package com.example.interleaved;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;

/** Every {@code every}-th layer sees all tokens, the layers between select. */
record Interleaved(ComponentSpec spec, int every, LayerPlan.Sparse sparse)
    implements AttentionPolicy {

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return layer % every == 0 ? new LayerPlan.Dense() : sparse;
  }
}
