package dev.adamas.backend.scalar;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.api.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;

/**
 * Keeps indexes in line with caches and spreads the work of a step over threads: one task per query
 * row and KV head, so that results do not depend on the number of threads.
 */
final class ScalarKernel implements Kernel {

  private final Support.Accepted accepted;
  private final ModelShape shape;
  private final Workers workers;
  private final Optional<LayerPlan.Sparse> sparse;
  private final Optional<IndexWriter> writer;
  private final HeadAttention[] attention;

  private int[] firstTask = new int[0];
  private long[] costs = new long[0];

  ScalarKernel(Support.Accepted accepted, Workers workers) {
    this.accepted = accepted;
    this.shape = accepted.shape();
    this.workers = workers;
    this.sparse =
        accepted.plan() instanceof LayerPlan.Sparse plan ? Optional.of(plan) : Optional.empty();
    this.writer = sparse.map(plan -> new IndexWriter(plan, shape, workers));
    this.attention = new HeadAttention[workers.threads()];
    Arrays.setAll(attention, _ -> new HeadAttention(accepted.plan(), shape));
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    if (sparse.isEmpty()) {
      return ScalarIndex.empty(this, arena);
    }
    LayerPlan.Sparse plan = sparse.get();
    ScalarIndex index = ScalarIndex.open(this, arena, plan, shape);
    if (!plan.needsCalibration()) {
      index.quantizers = Collections.nCopies(shape.kvHeads(), plan.pipeline().quantizer());
    }
    return index;
  }

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    ScalarIndex index = own(selectionIndex);
    index.checkAlive();
    if (index.length == 0) {
      // Nothing is remembered yet, so nothing can be stale.
      index.generation = cache.generation();
    }
    if (from != index.length || index.generation != cache.generation()) {
      throw new IllegalStateException(
          ("Tokens from %d on cannot follow an index of %d tokens (generation %d, cache %d); append in"
                  + " order and call truncate after a truncation.")
              .formatted(from, index.length, index.generation, cache.generation()));
    }
    if (to < from || to > cache.length()) {
      throw new IllegalArgumentException(
          "Tokens [%d, %d) are not all in a cache of %d tokens."
              .formatted(from, to, cache.length()));
    }
    if (writer.isPresent() && from < to) {
      writer.get().append(cache, index, from, to);
    }
    index.length = to;
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    ScalarIndex index = own(selectionIndex);
    index.checkAlive();
    if (length < 0 || length != cache.length()) {
      throw new IllegalArgumentException(
          "The cache holds %d tokens, not %d; truncate it before its index."
              .formatted(cache.length(), length));
    }
    int kept = Math.min(index.length, length);
    if (writer.isPresent() && kept < index.length) {
      writer.get().truncate(cache, index, kept);
    }
    index.length = kept;
    index.generation = cache.generation();
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    int tasks = plan(batch);
    boolean wantsSelection = probe.wantsSelection();
    workers.run(
        tasks,
        (task, worker) -> {
          int slot = slot(batch, task);
          int kvHead = (task - firstTask[slot]) % shape.kvHeads();
          int row = (task - firstTask[slot]) / shape.kvHeads();
          attention[worker].run(
              batch, slot, row, kvHead, wantsSelection ? probe : StepProbe.NONE, costs, task);
        });
    report(batch, probe);
  }

  /** Checks the slots and numbers their tasks. */
  private int plan(Batch batch) {
    int slots = batch.size();
    if (firstTask.length < slots + 1) {
      firstTask = new int[slots + 1];
    }
    int tasks = 0;
    for (int slot = 0; slot < slots; slot++) {
      check(batch.cache(slot), own(batch.index(slot)), batch.rows(slot));
      firstTask[slot] = tasks;
      tasks = Math.addExact(tasks, Math.multiplyExact(batch.rows(slot), shape.kvHeads()));
    }
    firstTask[slots] = tasks;
    int size = Math.multiplyExact(tasks, HeadAttention.COSTS);
    if (costs.length < size) {
      costs = new long[size];
    }
    return tasks;
  }

  private void check(KvView cache, ScalarIndex index, int rows) {
    index.checkAlive();
    if (index.length != cache.length() || index.generation != cache.generation()) {
      throw new IllegalStateException(
          ("The index is stale: it covers %d tokens of generation %d, the cache holds %d of generation"
                  + " %d; append or truncate first.")
              .formatted(index.length, index.generation, cache.length(), cache.generation()));
    }
    if (rows < 1 || rows > cache.length()) {
      throw new IllegalArgumentException(
          rows
              + " query rows do not fit a cache of "
              + cache.length()
              + " tokens; the rows' own tokens are appended first.");
    }
    if (writer.isPresent()) {
      writer.get().checkCalibration(cache, index);
      if (!index.isEncoded() && index.length >= cache.calibrationLength()) {
        throw new IllegalStateException(
            "The calibration length fell to %d after the index had passed it; open another index."
                .formatted(cache.calibrationLength()));
      }
    }
  }

  private int slot(Batch batch, int task) {
    int slot = Arrays.binarySearch(firstTask, 0, batch.size(), task);
    return slot >= 0 ? slot : -slot - 2;
  }

  private void report(Batch batch, StepProbe probe) {
    for (int slot = 0; slot < batch.size(); slot++) {
      long tokens = 0;
      long kvBytes = 0;
      long indexBytes = 0;
      for (int task = firstTask[slot]; task < firstTask[slot + 1]; task++) {
        tokens += costs[task * HeadAttention.COSTS];
        kvBytes += costs[task * HeadAttention.COSTS + 1];
        indexBytes += costs[task * HeadAttention.COSTS + 2];
      }
      probe.read(slot, tokens, kvBytes, indexBytes);
    }
  }

  private ScalarIndex own(SelectionIndex index) {
    if (index instanceof ScalarIndex scalar && scalar.owner == this) {
      return scalar;
    }
    throw new IllegalArgumentException(
        "The index was opened by another kernel; open one with this kernel.");
  }
}
