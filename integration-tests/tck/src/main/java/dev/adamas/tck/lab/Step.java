package dev.adamas.tck.lab;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** One call of {@link Kernel#attend}: slots with their queries and outputs in memory. */
public final class Step implements Kernel.Batch {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Bytes around each output that nobody may write. */
  private static final int GUARD = 64;

  private static final byte UNTOUCHED = 0x5a;

  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Slot(
      KvView cache,
      SelectionIndex index,
      int rows,
      MemorySegment query,
      MemorySegment guarded,
      MemorySegment output,
      float[] queries) {}

  private final Arena arena;
  private final boolean heap;
  private final List<Slot> slots = new ArrayList<>();

  /** Queries and outputs in native memory of an arena. */
  public Step(Arena arena) {
    this(arena, false);
  }

  /** Queries and outputs in native memory or in Java arrays. */
  public Step(Arena arena, boolean heap) {
    this.arena = arena;
    this.heap = heap;
  }

  /** Adds a slot; {@code queries} are {@code [rows][queryHeads][headDim]}. */
  public Step add(KvView cache, SelectionIndex index, float[] queries) {
    int bytes = queries.length * Float.BYTES;
    MemorySegment query = memory(bytes);
    MemorySegment.copy(queries, 0, query, FLOAT, 0, queries.length);
    MemorySegment guarded = memory(bytes + 2 * GUARD).fill(UNTOUCHED);
    MemorySegment output = guarded.asSlice(GUARD, bytes);
    for (int i = 0; i < queries.length; i++) {
      output.set(FLOAT, (long) i * Float.BYTES, Float.NaN);
    }
    int perRow = cache.shape().queryHeads() * cache.shape().headDim();
    slots.add(
        new Slot(cache, index, queries.length / perRow, query, guarded, output, queries.clone()));
    return this;
  }

  private MemorySegment memory(int bytes) {
    return heap ? MemorySegment.ofArray(new byte[bytes]) : arena.allocate(bytes, 4);
  }

  /** Runs the step. */
  public Observed run(Kernel kernel) {
    return run(kernel, true);
  }

  /** Runs the step, with or without an eye on what is selected. */
  public Observed run(Kernel kernel, boolean wantsSelection) {
    Observed observed = new Observed(wantsSelection);
    kernel.attend(this, observed);
    slots.forEach(slot -> observed.output(slot.output.toArray(FLOAT)));
    return observed;
  }

  /** Runs the step and looks at nothing. */
  public void blindly(Kernel kernel) {
    kernel.attend(this, StepProbe.NONE);
  }

  /**
   * Fails where a query changed, an output was left out, or memory beside one was written.
   *
   * @param where starts the message
   */
  public void checkMemory(String where) {
    for (int s = 0; s < slots.size(); s++) {
      Slot slot = slots.get(s);
      for (int i = 0; i < slot.queries.length; i++) {
        Expect.that(
            slot.query.get(FLOAT, (long) i * Float.BYTES) == slot.queries[i],
            "%sit changed number %d of the query of slot %d.",
            where,
            i,
            s);
        Expect.that(
            !Float.isNaN(slot.output.get(FLOAT, (long) i * Float.BYTES)),
            "%sit did not write number %d of %d of the output of slot %d, or wrote NaN.",
            where,
            i,
            slot.queries.length,
            s);
      }
      for (int i = 0; i < GUARD; i++) {
        long after = GUARD + slot.output.byteSize() + i;
        Expect.that(
            slot.guarded.get(ValueLayout.JAVA_BYTE, i) == UNTOUCHED
                && slot.guarded.get(ValueLayout.JAVA_BYTE, after) == UNTOUCHED,
            "%sit wrote outside of the output of slot %d.",
            where,
            s);
      }
    }
  }

  @Override
  public int size() {
    return slots.size();
  }

  @Override
  public KvView cache(int slot) {
    return slots.get(slot).cache;
  }

  @Override
  public SelectionIndex index(int slot) {
    return slots.get(slot).index;
  }

  @Override
  public int rows(int slot) {
    return slots.get(slot).rows;
  }

  @Override
  public MemorySegment query(int slot) {
    return slots.get(slot).query;
  }

  @Override
  public MemorySegment output(int slot) {
    return slots.get(slot).output;
  }
}
