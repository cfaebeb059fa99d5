package dev.adamas.backend.vector;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import java.util.List;

/** Which sparse plans have a fused kernel. */
final class SparsePlans {

  private SparsePlans() {}

  static Support probe(LayerPlan.Sparse plan, ModelShape shape) {
    return new Support.Rejected(
        List.of("cpu-vector has no fused kernel for " + plan.pipeline() + "."));
  }
}
