package dev.adamas.backend.vector;

import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The plans that need no search: {@link LayerPlan.Dense} and {@link LayerPlan.Window}. */
final class DenseKernel implements Kernel {

  private final Support.Accepted accepted;
  private final ModelShape shape;
  private final int sinks;
  private final int recent;
  private final DenseAttention attention;

  DenseKernel(Support.Accepted accepted, KernelContext context, ScratchPool scratch) {
    this.accepted = accepted;
    shape = accepted.shape();
    if (accepted.plan() instanceof LayerPlan.Window(int first, int last)) {
      sinks = first;
      recent = last;
    } else {
      sinks = 0;
      recent = Integer.MAX_VALUE;
    }
    attention = new DenseAttention(shape, context.workers(), scratch, sinks, recent);
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    return new TokenCounter(arena);
  }

  @Override
  public void append(KvView cache, SelectionIndex index, int from, int to) {
    TokenCounter counter = own(index);
    counter.checkAppend(cache, from, to);
    counter.covers(cache, to);
  }

  @Override
  public void truncate(KvView cache, SelectionIndex index, int length) {
    own(index).truncate(cache, length);
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    int size = batch.size();
    for (int slot = 0; slot < size; slot++) {
      own(batch.index(slot)).checkCurrent(batch.cache(slot));
      Slots.check(batch, slot, shape);
    }
    for (int slot = 0; slot < size; slot++) {
      attention.add(batch.cache(slot), batch.rows(slot), batch.query(slot), batch.output(slot));
    }
    attention.run();
    boolean selection = probe.wantsSelection();
    for (int slot = 0; slot < size; slot++) {
      int rows = batch.rows(slot);
      int length = batch.cache(slot).length();
      if (selection) {
        reportSelection(slot, rows, length, probe);
      }
      reportReads(slot, rows, length, batch.cache(slot), probe);
    }
  }

  private static TokenCounter own(SelectionIndex index) {
    if (index instanceof TokenCounter counter) {
      return counter;
    }
    throw new IllegalArgumentException(
        "This index was opened by another kernel; open one with the kernel that is called.");
  }

  private void reportSelection(int slot, int rows, int length, StepProbe probe) {
    for (int row = 0; row < rows; row++) {
      int position = length - rows + row;
      int visible = attention.visible(position);
      if (visible <= position) {
        int[] tokens = new int[visible];
        for (int i = 0; i < visible; i++) {
          tokens[i] = i < sinks ? i : position + 1 - visible + i;
        }
        for (int head = 0; head < shape.queryHeads(); head++) {
          probe.selected(slot, row, head, MemorySegment.ofArray(tokens), visible);
        }
      }
    }
  }

  private void reportReads(int slot, int rows, int length, KvView cache, StepProbe probe) {
    long visible = 0;
    for (int row = 0; row < rows; row++) {
      visible += attention.visible(length - rows + row);
    }
    // All rows together read the sinks and what any of their windows covers.
    long read = Math.min(length, (long) sinks + recent + rows - 1);
    probe.read(
        slot,
        visible * shape.queryHeads(),
        read * shape.kvHeads() * shape.headDim() * 2 * cache.type().bytes(),
        0);
  }
}
