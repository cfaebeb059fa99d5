package dev.adamas.engine;

/**
 * What a session did and holds.
 *
 * @param lastStep the step in progress or, between steps, the last one; a step begins when a layer
 *     attends that is not above the one before
 * @param prefill all steps in {@link Session.Phase#PREFILL}
 * @param decode all steps in {@link Session.Phase#DECODE}
 * @param cacheBytes bytes of the cache's pages, those shared with forks included; 0 for a host's
 *     own cache
 * @param indexBytes bytes of all layers' indexes
 * @param degraded layers of steps at which the policy threw and dense attention took its place
 * @param swaps times that the policy was changed
 * @param rollbacks times that a change was taken back, or a policy that kept throwing was left
 */
public record SessionStatistics(
    Work lastStep,
    Work prefill,
    Work decode,
    long cacheBytes,
    long indexBytes,
    long degraded,
    long swaps,
    long rollbacks) {

  /**
   * Work of one or more steps, all layers together.
   *
   * @param steps how many steps
   * @param rows query rows, counted once per step and not per layer
   * @param visibleTokens tokens attended to, summed over rows, layers and query heads
   * @param kvBytesRead bytes of keys and values that had to be read
   * @param indexBytesRead bytes of codes, scales and page data that had to be read
   * @param attentionNanos time in kernels; a batch's time is split evenly among its sequences
   * @param indexNanos time to bring indexes up to date, building them included
   */
  public record Work(
      long steps,
      long rows,
      long visibleTokens,
      long kvBytesRead,
      long indexBytesRead,
      long attentionNanos,
      long indexNanos) {}
}
