package dev.adamas.engine;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;

/** A batch of one query row whose output nobody wants. */
record SingleSlot(KvView cache, SelectionIndex index, MemorySegment query, MemorySegment output)
    implements Kernel.Batch {

  /** Attends with an index, brought up to date, and hears what was selected. */
  static void attend(LayerIndex index, KvView view, MemorySegment query, StepProbe probe) {
    MemorySegment output = MemorySegment.ofArray(new float[(int) (query.byteSize() / 4)]);
    BoundKernel kernel = index.kernel();
    synchronized (kernel) {
      kernel.kernel().attend(new SingleSlot(view, index.upToDate(view), query, output), probe);
    }
  }

  /** The last of some query rows, which sees every token. */
  static MemorySegment lastRow(KvView view, int rows, MemorySegment query) {
    long bytes = 4L * view.shape().queryHeads() * view.shape().headDim();
    return query.asSlice((rows - 1) * bytes, bytes);
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public KvView cache(int slot) {
    return cache;
  }

  @Override
  public SelectionIndex index(int slot) {
    return index;
  }

  @Override
  public int rows(int slot) {
    return 1;
  }

  @Override
  public MemorySegment query(int slot) {
    return query;
  }

  @Override
  public MemorySegment output(int slot) {
    return output;
  }
}
