package dev.adamas.engine;

import java.lang.foreign.MemorySegment;

/** Work beside the steps of a session, on its own thread, after each layer. */
interface Rider {

  /**
   * A layer has attended. It must not throw, and it must be short: the sequence waits.
   *
   * @param query float32 {@code [rows][queryHeads][headDim]}
   */
  void attended(Session session, int layer, int rows, MemorySegment query);
}
