package com.example.broken;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Screen;
import dev.adamas.api.Stage;
import dev.adamas.api.Support;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/** {@code faulty@1}: runs what the policy of the same plugin plans, and nothing else. */
final class FaultyBackend implements ComputeBackend {

  static final String ID = "faulty";

  /** The leaked thread, for tests that want to end it. */
  static final String THREAD = "left by the faulty backend";

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of(ID, 1);
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    return plan instanceof LayerPlan.Sparse sparse
            && sparse.pipeline().distance() instanceof Indifferent
            && sparse.pipeline().selector().spec().is("top-k", 1)
            && sparse.screen() instanceof Screen.None
        ? new Support.Accepted(plan, shape, EnumSet.allOf(Stage.Kind.class), 0)
        : new Support.Rejected(
            List.of("The faulty backend runs plans of the policy it comes with, not this one."));
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    if (!probe(accepted.plan(), accepted.shape()).equals(accepted)) {
      throw new IllegalArgumentException(
          "The faulty backend did not accept this plan; pass what its probe returned.");
    }
    LayerPlan.Sparse plan = (LayerPlan.Sparse) accepted.plan();
    Fault fault = ((Indifferent) plan.pipeline().distance()).fault();
    if (fault.kind() == Fault.Kind.SLOW) {
      pause(fault.millis());
    } else if (fault.kind() == Fault.Kind.LEAKS) {
      Thread.ofPlatform().daemon().name(THREAD).start(FaultyBackend::forever);
    }
    return new FaultyKernel(
        accepted, fault, plan.recent(), ((Budget.Tokens) plan.budget()).tokens());
  }

  private static void forever() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException _) {
      // The test is over.
    }
  }

  static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
