package dev.adamas.api;

import java.lang.foreign.MemorySegment;

/** Watches a step. Calls may come from any worker thread, at the same time for different heads. */
public interface StepProbe {

  /** Watches nothing, at no cost. */
  StepProbe NONE = new NoProbe();

  /** Whether {@link #selected} is to be called; asked once per {@link Kernel#attend}. */
  boolean wantsSelection();

  /**
   * The tokens that one query row of one head attends to exactly; what a {@link Tail} adds to them
   * is not reported. Called for sparse and window plans, and not where a row attends densely.
   *
   * @param slot slot of the batch
   * @param row query row of the slot
   * @param queryHead query head
   * @param positions int32 {@code [count]}, ascending; valid during the call only
   * @param count number of tokens
   */
  void selected(int slot, int row, int queryHead, MemorySegment positions, int count);

  /**
   * What a step cost one slot, called once per slot from the thread that called {@link
   * Kernel#attend}.
   *
   * @param slot slot of the batch
   * @param visibleTokens tokens attended to exactly, summed over rows and query heads
   * @param kvBytes bytes of keys and values that had to be read; a row read for several query heads
   *     of one KV head counts once where the kernel shares the read
   * @param indexBytes bytes of codes, scales, page data, page means and value codes that had to be
   *     read
   */
  void read(int slot, long visibleTokens, long kvBytes, long indexBytes);
}
