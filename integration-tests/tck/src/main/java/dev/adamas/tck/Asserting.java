package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;

/**
 * Decorators that watch a component while a host uses it, for the host's own tests: whoever breaks
 * the protocol, host or plugin, gets an {@link AssertionError} that names it at the call where it
 * happened.
 *
 * <p>They read the whole cache before and after every call, so they are slow on long contexts.
 */
public final class Asserting {

  private Asserting() {}

  /**
   * A backend whose kernels check that
   *
   * <ul>
   *   <li>one thread calls a kernel at a time, and nobody after it was closed,
   *   <li>tokens are appended without gaps, and an index follows,
   *   <li>a cache's view is used during the call only, and its bytes stay,
   *   <li>queries stay and every number of the output is written,
   *   <li>selected positions ascend, exist for their row and keep to the budget,
   *   <li>each slot's cost is reported once.
   * </ul>
   *
   * @param backend closed with the decorator
   */
  public static ComputeBackend backend(ComputeBackend backend) {
    return new AssertingBackend(backend);
  }

  /** A policy that checks that it gives the same plan to the same question. */
  public static AttentionPolicy policy(AttentionPolicy policy) {
    return new AssertingPolicy(policy);
  }
}
