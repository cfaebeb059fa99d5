package dev.adamas.tck;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.Expect;
import java.util.Optional;

/** Makes kernels that are watched. */
final class AssertingBackend implements ComputeBackend {

  private final ComputeBackend backend;
  private volatile boolean closed;

  AssertingBackend(ComputeBackend backend) {
    this.backend = backend;
  }

  @Override
  public ComponentSpec spec() {
    return backend.spec();
  }

  @Override
  public Optional<String> unavailable() {
    return backend.unavailable();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    checkOpen("probe");
    Support support = backend.probe(plan, shape);
    if (support instanceof Support.Accepted accepted) {
      Expect.that(
          accepted.plan().equals(plan) && accepted.shape().equals(shape),
          "Backend %s accepted another plan than it was asked about.",
          spec());
    } else if (support instanceof Support.Rejected rejected) {
      rejected
          .reasons()
          .forEach(r -> Expect.sentence("Why " + spec() + " rejects a plan", Optional.of(r)));
    }
    return support;
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    checkOpen("compile");
    Kernel kernel = backend.compile(accepted, context);
    Expect.that(
        kernel.accepted().equals(accepted),
        "Backend %s compiled something else than it accepted.",
        spec());
    return new AssertingKernel(kernel, spec().name());
  }

  private void checkOpen(String call) {
    Expect.that(!closed, "The host called %s of backend %s after it closed it.", call, spec());
  }

  @Override
  public void close() {
    closed = true;
    backend.close();
  }
}
