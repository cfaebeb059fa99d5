package dev.adamas.baseline;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerBudgets;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;

/** Dense in the first layers, then selection, with budgets of their own in some layers. */
record SparsePolicy(
    ComponentSpec spec, int denseLayers, LayerPlan.Sparse sparse, LayerBudgets budgets)
    implements AttentionPolicy {

  /** Refuses a layer's budget that does not fit the plan. */
  SparsePolicy {
    budgets.ranges().forEach(range -> range.budget().ifPresent(sparse::withBudget));
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    LayerPlan usual = layer < denseLayers ? new LayerPlan.Dense() : sparse;
    return budgets.plan(layer, shape, sparse, usual);
  }
}
