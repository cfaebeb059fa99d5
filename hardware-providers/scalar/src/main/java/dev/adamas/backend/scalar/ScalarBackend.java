package dev.adamas.backend.scalar;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Screen;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code scalar@1}: fuses nothing and therefore runs every pipeline. */
final class ScalarBackend implements ComputeBackend {

  static final String ID = "scalar";

  private static final ComponentSpec SPEC = ComponentSpec.of(ID, 1);

  @Override
  public ComponentSpec spec() {
    return SPEC;
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    return switch (plan) {
      case LayerPlan.Dense _, LayerPlan.Window _ -> new Support.Accepted(plan, shape, Set.of(), 0);
      case LayerPlan.Sparse sparse -> probe(sparse, shape);
    };
  }

  private static Support probe(LayerPlan.Sparse plan, ModelShape shape) {
    List<String> reasons = new ArrayList<>();
    if (!(plan.screen() instanceof Screen.None)) {
      reasons.add("The scalar backend scans every code; it has no page screening.");
    }
    double bytesPerToken = 0;
    try {
      Pipeline pipeline = plan.pipeline();
      int dim = pipeline.transform().outputDim(shape.headDim());
      pipeline.distance().queryBytes(pipeline.quantizer(), dim);
      double keyBytes =
          (double) pipeline.quantizer().codeBytes(dim) / pipeline.quantizer().rowsPerCode();
      bytesPerToken = shape.kvHeads() * (keyBytes + tailBytes(plan, shape));
    } catch (IllegalArgumentException e) {
      // A stage has no form for this head dimension and says so.
      reasons.add(String.valueOf(e.getMessage()));
    }
    return reasons.isEmpty()
        ? new Support.Accepted(plan, shape, Set.of(), bytesPerToken)
        : new Support.Rejected(reasons);
  }

  /** Bytes per token and KV head; page means count as float32, the widest type of a cache. */
  private static double tailBytes(LayerPlan.Sparse plan, ModelShape shape) {
    return switch (plan.tail()) {
      case Tail.None _ -> 0;
      case Tail.PageMeans(int pageTokens, boolean _, Optional<Tail.Residual> residual) ->
          (double) shape.headDim() * Float.BYTES / pageTokens
              + residual
                  .map(
                      r ->
                          TailIndex.codeBytes(r, shape)
                              + TailIndex.keyCodeBytes(r, plan.pipeline(), shape))
                  .orElse(0);
    };
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    if (!probe(accepted.plan(), accepted.shape()).equals(accepted)) {
      throw new IllegalArgumentException(
          "This plan was not accepted by the scalar backend; pass what its probe returned.");
    }
    return new ScalarKernel(accepted, context.workers());
  }
}
