package dev.adamas.engine;

import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Remembers what one query row selected, per query head. */
final class SelectionRecorder implements StepProbe {

  private final AtomicReferenceArray<int[]> byHead;

  /**
   * @param heads query heads; 0 to hear nothing
   */
  SelectionRecorder(int heads) {
    byHead = new AtomicReferenceArray<>(heads);
  }

  /** Positions that a head selected, ascending; empty where it attended densely. */
  Optional<int[]> head(int head) {
    return Optional.ofNullable(byHead.get(head));
  }

  @Override
  public boolean wantsSelection() {
    return byHead.length() > 0;
  }

  @Override
  public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {
    byHead.set(queryHead, positions.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT_UNALIGNED));
  }

  @Override
  public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
    // Work beside the sequence is not the sequence's.
  }
}
