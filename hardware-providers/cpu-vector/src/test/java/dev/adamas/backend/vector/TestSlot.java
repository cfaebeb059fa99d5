package dev.adamas.backend.vector;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** One sequence of a batch with random queries. */
final class TestSlot {

  private final TestCache cache;
  private final SelectionIndex index;
  private final int rows;
  private final float[] query;
  private final float[] output;

  TestSlot(TestCache cache, SelectionIndex index, int rows, float[] query, float[] output) {
    this.cache = cache;
    this.index = index;
    this.rows = rows;
    this.query = query;
    this.output = output;
  }

  TestCache cache() {
    return cache;
  }

  SelectionIndex index() {
    return index;
  }

  int rows() {
    return rows;
  }

  float[] query() {
    return query;
  }

  float[] output() {
    return output;
  }

  /** A slot whose index covers the cache. */
  static TestSlot of(Kernel kernel, TestCache cache, int rows, Random random) {
    SelectionIndex index = kernel.open(Arena.ofAuto());
    kernel.append(cache, index, 0, cache.length());
    ModelShape shape = cache.shape();
    float[] query = new float[rows * shape.queryHeads() * shape.headDim()];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    return new TestSlot(cache, index, rows, query, new float[query.length]);
  }

  /** The same cache, index and queries with another output. */
  TestSlot again() {
    return new TestSlot(cache, index, rows, query, new float[query.length]);
  }

  /** These slots as one call. */
  static Kernel.Batch batch(List<TestSlot> slots) {
    List<MemorySegment> outputs =
        slots.stream().map(slot -> MemorySegment.ofArray(slot.output())).toList();
    return new Kernel.Batch() {
      @Override
      public int size() {
        return slots.size();
      }

      @Override
      public KvView cache(int slot) {
        return slots.get(slot).cache();
      }

      @Override
      public SelectionIndex index(int slot) {
        return slots.get(slot).index();
      }

      @Override
      public int rows(int slot) {
        return slots.get(slot).rows();
      }

      @Override
      public MemorySegment query(int slot) {
        return MemorySegment.ofArray(slots.get(slot).query());
      }

      @Override
      public MemorySegment output(int slot) {
        return outputs.get(slot);
      }
    };
  }
}
