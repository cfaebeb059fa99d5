package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Stage;
import dev.adamas.api.Support;
import dev.adamas.api.Workers;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Maps plans to kernels.
 *
 * <p>This class links without the Vector API; only kernels need it, and none is made before {@link
 * #unavailable} has found that it is there.
 */
final class VectorBackend implements ComputeBackend {

  static final String ID = "cpu-vector";
  static final int VERSION = 1;

  /** Dimensions that fill whole pairs of vectors at every vector length up to 512 bits. */
  private static final List<Integer> HEAD_DIMS = List.of(64, 96, 128, 256);

  // Scratch memory is indexed by worker, so all kernels on the same workers share it: a model has
  // many layers, but a worker runs one task at a time.
  private final Map<Workers, ScratchPool> scratch = new WeakHashMap<>();

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of(ID, VERSION);
  }

  @Override
  public Optional<String> unavailable() {
    return Availability.reason();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    Optional<String> unavailable = unavailable();
    if (unavailable.isPresent()) {
      return new Support.Rejected(List.of(unavailable.get()));
    }
    if (!HEAD_DIMS.contains(shape.headDim())) {
      return new Support.Rejected(
          List.of(
              "cpu-vector has kernels for head dimensions 64, 96, 128 and 256, not "
                  + shape.headDim()
                  + "; the scalar backend runs any."));
    }
    return switch (plan) {
      case LayerPlan.Dense _, LayerPlan.Window _ ->
          new Support.Accepted(plan, shape, Set.of(Stage.Kind.ATTENTION), 0);
      case LayerPlan.Sparse sparse -> SparsePlans.probe(sparse, shape);
    };
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    if (!(probe(accepted.plan(), accepted.shape()) instanceof Support.Accepted own)
        || !own.equals(accepted)) {
      throw new IllegalArgumentException(
          "This plan was not accepted by cpu-vector; pass what its probe returned.");
    }
    ScratchPool pool = scratch(context.workers());
    return switch (accepted.plan()) {
      case LayerPlan.Dense _, LayerPlan.Window _ -> new DenseKernel(accepted, context, pool);
      case LayerPlan.Sparse sparse -> new SparseKernel(accepted, sparse, context.workers(), pool);
    };
  }

  private ScratchPool scratch(Workers workers) {
    synchronized (scratch) {
      return scratch.computeIfAbsent(workers, w -> new ScratchPool(w.threads()));
    }
  }

  @Override
  public void close() {
    synchronized (scratch) {
      scratch.clear();
    }
  }
}
