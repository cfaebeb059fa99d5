package com.example.blocked;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Screen;
import dev.adamas.api.Stage;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** {@code blocked@1}: dense and window plans, and one pipeline that it fuses. */
final class BlockedBackend implements ComputeBackend {

  static final String ID = "blocked";

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
      case LayerPlan.Dense _, LayerPlan.Window _ ->
          new Support.Accepted(plan, shape, Set.of(Stage.Kind.ATTENTION), 0);
      case LayerPlan.Sparse sparse -> probe(sparse, shape);
      // A plan of a later SPI; without this line it would be an error instead of an answer.
      default ->
          new Support.Rejected(
              List.of("The blocked backend does not know this plan: " + plan + "."));
    };
  }

  private static Support probe(LayerPlan.Sparse plan, ModelShape shape) {
    List<String> reasons = new ArrayList<>();
    Pipeline pipeline = plan.pipeline();
    fuses(pipeline.transform(), "identity@1", reasons);
    fuses(pipeline.quantizer(), Int8.ID + "@1", reasons);
    rank(pipeline.distance().spec())
        .ifPresentOrElse(
            _ -> {}, () -> fuses(pipeline.distance(), SparseQuery.ID + "@1(rank=…)", reasons));
    fuses(pipeline.selector(), "top-k@1", reasons);
    if (plan.budget() instanceof Budget.TopP) {
      reasons.add("The blocked backend selects a number or a share of tokens, not a mass.");
    }
    if (!(plan.screen() instanceof Screen.None)) {
      reasons.add("The blocked backend scans every block; it has no page screening.");
    }
    if (!(plan.tail() instanceof Tail.None)) {
      reasons.add("The blocked backend has no tail compensation.");
    }
    return reasons.isEmpty()
        ? new Support.Accepted(
            plan,
            shape,
            EnumSet.allOf(Stage.Kind.class),
            (double) shape.kvHeads() * (shape.headDim() + Int8.SCALE_BYTES))
        : new Support.Rejected(reasons);
  }

  /** The whole spec counts: another parameter means another result. */
  private static void fuses(Stage stage, String spec, List<String> reasons) {
    if (!stage.spec().toString().equals(spec)) {
      reasons.add(
          "The blocked backend fuses %s, not %s, and runs no stage by itself."
              .formatted(spec, stage.spec()));
    }
  }

  /** The rank of a distance that is fused, empty for any other. */
  static OptionalInt rank(ComponentSpec distance) {
    String rank = distance.params().getOrDefault(SparseQuery.RANK, "");
    if (!rank.matches("[1-9]\\d{0,3}")) {
      return OptionalInt.empty();
    }
    SparseQuery known = new SparseQuery(Integer.parseInt(rank));
    return distance.equals(known.spec())
        ? OptionalInt.of(Integer.parseInt(rank))
        : OptionalInt.empty();
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    if (!probe(accepted.plan(), accepted.shape()).equals(accepted)) {
      throw new IllegalArgumentException(
          "The blocked backend did not accept this plan; pass what its probe returned.");
    }
    return new BlockedKernel(accepted, context.workers());
  }
}
