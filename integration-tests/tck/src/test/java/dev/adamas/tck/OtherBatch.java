package dev.adamas.tck;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** A batch with other views or indexes. */
record OtherBatch(
    Kernel.Batch batch,
    BiFunction<KvView, SelectionIndex, KvView> view,
    UnaryOperator<SelectionIndex> unwrap)
    implements Kernel.Batch {
  @Override
  public int size() {
    return batch.size();
  }

  @Override
  public KvView cache(int slot) {
    return view.apply(batch.cache(slot), index(slot));
  }

  @Override
  public SelectionIndex index(int slot) {
    return unwrap.apply(batch.index(slot));
  }

  @Override
  public int rows(int slot) {
    return batch.rows(slot);
  }

  @Override
  public MemorySegment query(int slot) {
    return batch.query(slot);
  }

  @Override
  public MemorySegment output(int slot) {
    return batch.output(slot);
  }
}
