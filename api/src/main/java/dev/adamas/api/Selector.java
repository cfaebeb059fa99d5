package dev.adamas.api;

import java.lang.foreign.MemorySegment;

/**
 * Picks codes by score. Selected ordinals ascend; ties go to the lowest ordinal, 0 and -0 tie; NaN
 * ranks last.
 */
public non-sealed interface Selector extends Stage {

  /**
   * Selects at most {@code budget} of {@code count} codes.
   *
   * @param scores float32 {@code [count]}, smaller is better; a backend has set forced codes
   *     (sinks, recent tokens) to negative infinity
   * @param count at least 1
   * @param budget at least 1, in codes
   * @param selected int32 {@code [min(budget, count)]}, written: ordinals, ascending
   * @return how many were selected
   */
  int select(MemorySegment scores, int count, int budget, MemorySegment selected);
}
