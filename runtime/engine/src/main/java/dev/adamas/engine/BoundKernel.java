package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Support;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A kernel with the backend that compiled it and what earlier backends said.
 *
 * <p>Shared by every session whose layer follows the same plan. Its monitor keeps calls on the
 * kernel to one thread at a time; a step spreads over all workers anyway, so that two of them at
 * once would gain nothing.
 */
final class BoundKernel {

  /** Long enough for a thread that waits for the monitor to wake up and take it. */
  private static final long YIELD_NANOS = 50_000;

  private static final VarHandle WANTED;

  static {
    try {
      WANTED = MethodHandles.lookup().findVarHandle(BoundKernel.class, "wanted", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LayerPlan plan;
  private final ComputeBackend backend;
  private final ComponentSpec backendSpec;
  private final String backendName;
  private final Kernel kernel;
  private final List<String> rejections;
  private final AtomicInteger census;

  @SuppressWarnings("unused") // through WANTED
  private boolean wanted;

  /** Bindings that use it, guarded by {@link Kernels}. */
  int users;

  /**
   * @param census counts open indexes
   */
  BoundKernel(
      LayerPlan plan,
      ComputeBackend backend,
      Kernel kernel,
      List<String> rejections,
      AtomicInteger census) {
    this.plan = plan;
    this.backend = backend;
    backendSpec = backend.spec();
    backendName = backendSpec.name();
    this.kernel = kernel;
    this.rejections = List.copyOf(rejections);
    this.census = census;
  }

  LayerPlan plan() {
    return plan;
  }

  ComponentSpec backend() {
    return backendSpec;
  }

  /** {@code id@version} of the backend. */
  String backendName() {
    return backendName;
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

  AtomicInteger census() {
    return census;
  }

  /** A step is about to take the monitor. */
  void wanted() {
    WANTED.setRelease(this, true);
  }

  /**
   * Lets a step that waits for the monitor have it, before a thread that works piece by piece takes
   * it again: monitors are not fair, and a thread that wakes up loses against one that runs.
   */
  void yieldToSteps() {
    if ((boolean) WANTED.getAcquire(this)) {
      WANTED.setRelease(this, false);
      LockSupport.parkNanos(YIELD_NANOS);
    }
  }
}
