package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Support;
import java.util.List;

/**
 * A kernel with the backend that compiled it and what earlier backends said.
 *
 * <p>Shared by every session whose layer follows the same plan. Its monitor keeps calls on the
 * kernel to one thread at a time; a step spreads over all workers anyway, so that two of them at
 * once would gain nothing.
 */
final class BoundKernel {

  private final LayerPlan plan;
  private final ComputeBackend backend;
  private final ComponentSpec backendSpec;
  private final Kernel kernel;
  private final List<String> rejections;

  /** Bindings that use it, guarded by {@link Kernels}. */
  int users;

  BoundKernel(LayerPlan plan, ComputeBackend backend, Kernel kernel, List<String> rejections) {
    this.plan = plan;
    this.backend = backend;
    backendSpec = backend.spec();
    this.kernel = kernel;
    this.rejections = List.copyOf(rejections);
  }

  LayerPlan plan() {
    return plan;
  }

  ComponentSpec backend() {
    return backendSpec;
  }

  /** The backend itself, which stays open while this kernel is. */
  ComputeBackend computedBy() {
    return backend;
  }

  Kernel kernel() {
    return kernel;
  }

  Support.Accepted accepted() {
    return kernel.accepted();
  }

  /** Why earlier backends of the configuration do not run this plan. */
  List<String> rejections() {
    return rejections;
  }
}
