package dev.adamas.api;

/**
 * One step of a selection {@link Pipeline}.
 *
 * <p>Stages are pure and stateless: they work on blocks of rows in {@link
 * java.lang.foreign.MemorySegment}s that belong to the caller, allocate nothing, retain nothing
 * after they return, and may be called from several threads at once. All numbers are little-endian;
 * segments need no alignment.
 */
public sealed interface Stage permits Transform, Quantizer, Distance, Selector {

  /** The kinds of stage, in pipeline order, and the attention that follows them. */
  enum Kind {
    /** {@link Transform}. */
    TRANSFORM,
    /** {@link Quantizer}. */
    QUANTIZER,
    /** {@link Distance}. */
    DISTANCE,
    /** {@link Selector}. */
    SELECTOR,
    /** The exact attention over what was selected. */
    ATTENTION
  }

  /** What this stage means; backends recognise it. */
  ComponentSpec spec();
}
