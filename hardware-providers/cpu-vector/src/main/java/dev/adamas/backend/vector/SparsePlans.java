package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Screen;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import java.util.ArrayList;
import java.util.List;

/** Which sparse plans this backend runs, and with how much of them fused. */
final class SparsePlans {

  private SparsePlans() {}

  static Support probe(LayerPlan.Sparse plan, ModelShape shape) {
    List<String> reasons = new ArrayList<>();
    if (plan.budget() instanceof Budget.TopP) {
      reasons.add("cpu-vector has no top-p budgets; set a number or a share of tokens.");
    }
    if (!(plan.screen() instanceof Screen.None)) {
      reasons.add("cpu-vector scans every code; it has no page screening.");
    }
    if (!(plan.tail() instanceof Tail.None)) {
      reasons.add("cpu-vector ignores tokens that were not selected; it has no tail.");
    }
    Pipeline pipeline = plan.pipeline();
    Quantizer quantizer = pipeline.quantizer();
    if (quantizer.locality() == Quantizer.Locality.SEQUENCE) {
      reasons.add(
          "cpu-vector encodes each key once; the codes of "
              + quantizer.spec()
              + " depend on the whole sequence.");
    }
    try {
      int dim = pipeline.transform().outputDim(shape.headDim());
      pipeline.distance().queryBytes(quantizer, dim);
      if (reasons.isEmpty()) {
        ScorePlan scores = ScorePlan.of(plan, shape);
        double bytesPerCode = scores.readsKeys() ? 0 : quantizer.codeBytes(dim);
        return new Support.Accepted(
            plan, shape, scores.fused(), shape.kvHeads() * bytesPerCode / quantizer.rowsPerCode());
      }
    } catch (IllegalArgumentException e) {
      // A stage has no form for this head dimension and says so.
      reasons.add(String.valueOf(e.getMessage()));
    }
    return new Support.Rejected(reasons);
  }
}
