package dev.adamas.tck;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The scalar backend, for subclasses to break in one place. */
class BrokenBackend implements ComputeBackend {

  final ComputeBackend scalar = Components.builtIn().backend("scalar");
  private final UnaryOperator<LayerPlan> plans;

  BrokenBackend() {
    this(UnaryOperator.identity());
  }

  /** Runs another plan than it was asked for. */
  BrokenBackend(UnaryOperator<LayerPlan> plans) {
    this.plans = plans;
  }

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of("broken", 1);
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    return scalar.probe(plan, shape);
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    if (!accepted.equals(probe(accepted.plan(), accepted.shape()))) {
      throw new IllegalArgumentException("This plan was not accepted.");
    }
    return broken(accepted, inner(accepted, context), context);
  }

  final Kernel inner(Support.Accepted accepted, KernelContext context) {
    LayerPlan run = plans.apply(accepted.plan());
    return scalar.compile((Support.Accepted) scalar.probe(run, accepted.shape()), context);
  }

  Kernel broken(Support.Accepted accepted, Kernel kernel, KernelContext context) {
    return new BrokenKernel(accepted, kernel);
  }

  /** A kernel of the scalar backend, for subclasses to break in one place. */
  static class BrokenKernel implements Kernel {
    final Kernel kernel;
    private final Support.Accepted accepted;

    BrokenKernel(Support.Accepted accepted, Kernel kernel) {
      this.accepted = accepted;
      this.kernel = kernel;
    }

    @Override
    public Support.Accepted accepted() {
      return accepted;
    }

    @Override
    public SelectionIndex open(Arena arena) {
      return kernel.open(arena);
    }

    @Override
    public void append(KvView cache, SelectionIndex index, int from, int to) {
      kernel.append(cache, index, from, to);
    }

    @Override
    public void truncate(KvView cache, SelectionIndex index, int length) {
      kernel.truncate(cache, index, length);
    }

    @Override
    public void attend(Batch batch, StepProbe probe) {
      kernel.attend(batch, probe);
    }

    @Override
    public void close() {
      kernel.close();
    }
  }
}
