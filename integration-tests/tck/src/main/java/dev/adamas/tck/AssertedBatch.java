package dev.adamas.tck;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.tck.lab.Expect;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** A batch whose views end with the step, and whose queries and outputs are compared. */
final class AssertedBatch implements Kernel.Batch {

  private static final ValueLayout.OfInt BITS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A NaN that no computation gives. */
  private static final int UNWRITTEN = 0x7fc5a5a5;

  private final Kernel.Batch batch;
  private final String user;
  private final UnaryOperator<SelectionIndex> unwrap;
  private final List<AssertedView> views = new ArrayList<>();
  private final List<Long> checksums = new ArrayList<>();
  private final List<byte[]> queries = new ArrayList<>();

  AssertedBatch(Kernel.Batch batch, String user, UnaryOperator<SelectionIndex> unwrap) {
    this.batch = batch;
    this.user = user;
    this.unwrap = unwrap;
    for (int slot = 0; slot < batch.size(); slot++) {
      AssertedView view = new AssertedView(batch.cache(slot), user);
      views.add(view);
      checksums.add(view.checksum());
      queries.add(batch.query(slot).toArray(ValueLayout.JAVA_BYTE));
      long numbers = numbers(slot);
      Expect.that(
          batch.rows(slot) >= 1 && batch.output(slot).byteSize() >= numbers * Float.BYTES,
          "The host's slot %d has %d rows and an output of %d bytes.",
          slot,
          batch.rows(slot),
          batch.output(slot).byteSize());
      for (long i = 0; i < numbers; i++) {
        batch.output(slot).set(BITS, i * Float.BYTES, UNWRITTEN);
      }
    }
  }

  private long numbers(int slot) {
    KvView cache = batch.cache(slot);
    return (long) batch.rows(slot) * cache.shape().queryHeads() * cache.shape().headDim();
  }

  /** Ends the step. */
  void end() {
    views.forEach(view -> view.end("attend"));
  }

  /** Compares what the step left. */
  void check() {
    for (int slot = 0; slot < batch.size(); slot++) {
      Expect.that(
          views.get(slot).checksum() == checksums.get(slot),
          "%s wrote into the cache of slot %d in attend.",
          user,
          slot);
      Expect.that(
          Arrays.equals(queries.get(slot), batch.query(slot).toArray(ValueLayout.JAVA_BYTE)),
          "%s wrote into the queries of slot %d.",
          user,
          slot);
      for (long i = 0; i < numbers(slot); i++) {
        Expect.that(
            batch.output(slot).get(BITS, i * Float.BYTES) != UNWRITTEN,
            "%s did not write number %d of the output of slot %d.",
            user,
            i,
            slot);
      }
    }
  }

  @Override
  public int size() {
    return batch.size();
  }

  @Override
  public KvView cache(int slot) {
    return views.get(slot);
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
    return batch.query(slot).asReadOnly();
  }

  @Override
  public MemorySegment output(int slot) {
    return batch.output(slot);
  }
}
