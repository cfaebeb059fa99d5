package dev.adamas.tck;

import dev.adamas.api.Kernel;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.StepProbe;
import dev.adamas.tck.lab.Expect;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Looks at every selection and cost before it passes them on. */
final class AssertedProbe implements StepProbe {

  private record Place(int slot, int row, int queryHead) {}

  private final StepProbe probe;
  private final Kernel.Batch batch;
  private final LayerPlan plan;
  private final String user;
  private final boolean wanted;
  private final Set<Place> selected = ConcurrentHashMap.newKeySet();
  private final Set<Integer> read = ConcurrentHashMap.newKeySet();

  AssertedProbe(StepProbe probe, Kernel.Batch batch, LayerPlan plan, String user) {
    this.probe = probe;
    this.batch = batch;
    this.plan = plan;
    this.user = user;
    this.wanted = probe.wantsSelection();
  }

  @Override
  public boolean wantsSelection() {
    return true;
  }

  @Override
  public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {
    Expect.that(
        selected.add(new Place(slot, row, queryHead)),
        "%s reported slot %d, row %d, query head %d twice.",
        user,
        slot,
        row,
        queryHead);
    int visible = batch.cache(slot).length() - batch.rows(slot) + row + 1;
    int limit = SelectionChecks.limit(plan, visible);
    Expect.that(
        count >= 1 && count <= limit,
        "%s selected %d of %d tokens; the budget is %d.",
        user,
        count,
        visible,
        limit);
    int previous = -1;
    for (int i = 0; i < count; i++) {
      int position = positions.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
      Expect.that(
          position > previous && position < visible,
          "%s selected position %d after %d, of %d that row %d of slot %d sees.",
          user,
          position,
          previous,
          visible,
          row,
          slot);
      previous = position;
    }
    if (wanted) {
      probe.selected(slot, row, queryHead, positions, count);
    }
  }

  @Override
  public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
    Expect.that(read.add(slot), "%s reported the cost of slot %d twice.", user, slot);
    probe.read(slot, visibleTokens, kvBytes, indexBytes);
  }

  /** Compares what was reported. */
  void check() {
    Expect.that(
        read.size() == batch.size(),
        "%s reported the cost of %d of %d slots.",
        user,
        read.size(),
        batch.size());
  }
}
