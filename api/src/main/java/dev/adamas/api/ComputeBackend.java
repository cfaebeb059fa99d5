package dev.adamas.api;

import java.util.Optional;

/**
 * Hardware that runs plans. Implementations are thread-safe.
 *
 * <p>A backend fuses what it recognises by {@linkplain ComponentSpec spec} and runs everything else
 * stage by stage; both select the same tokens, bit for bit. Where it rejects a plan the engine asks
 * the next backend of its configuration.
 */
public interface ComputeBackend extends AutoCloseable {

  /** What this backend is. */
  ComponentSpec spec();

  /**
   * Why it cannot be used on this machine, a full sentence that says what to do; empty where it
   * can.
   */
  Optional<String> unavailable();

  /** Whether it can run a plan on a shape. */
  Support probe(LayerPlan plan, ModelShape shape);

  /**
   * A kernel for a plan that {@link #probe} accepted.
   *
   * @throws IllegalArgumentException where {@code accepted} did not come from this backend
   */
  Kernel compile(Support.Accepted accepted, KernelContext context);

  /** Frees what the backend holds; kernels are closed before. */
  @Override
  default void close() {}
}
