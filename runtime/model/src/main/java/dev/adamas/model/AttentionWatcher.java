package dev.adamas.model;

import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;

/** Looks at the attention of a sequence, layer by layer, on the thread that decodes. */
public interface AttentionWatcher {

  /**
   * A layer is about to attend.
   *
   * @return sees the selected positions; slot 0 is the sequence
   */
  StepProbe attending(int layer);

  /**
   * A layer has attended; its keys and values are those of the session's view.
   *
   * @param rows query rows, the last tokens of the sequence
   * @param queries float32 {@code [rows][queryHeads][headDim]}, after rotary positions; valid
   *     during the call only
   * @param output float32 {@code [rows][queryHeads][headDim]}; valid during the call only
   */
  void attended(int layer, int rows, MemorySegment queries, MemorySegment output);
}
