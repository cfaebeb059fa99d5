package com.example.blocked;

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

/** Keeps indexes in line with caches and spreads rows and KV heads over the host's threads. */
final class BlockedKernel implements Kernel {

  /** Numbers that a task reports. */
  private static final int COSTS = 3;

  private final Support.Accepted accepted;
  private final ModelShape shape;
  private final Workers workers;
  private final boolean sparse;
  private final KeyWriter[] writers;
  private final HeadWork[] work;

  private int[] firstTask = new int[0];
  private long[] costs = new long[0];

  BlockedKernel(Support.Accepted accepted, Workers workers) {
    this.accepted = accepted;
    this.shape = accepted.shape();
    this.workers = workers;
    this.sparse = accepted.plan() instanceof LayerPlan.Sparse;
    this.writers = new KeyWriter[sparse ? workers.threads() : 0];
    Arrays.setAll(writers, _ -> new KeyWriter(shape.headDim()));
    this.work = new HeadWork[workers.threads()];
    Arrays.setAll(work, _ -> new HeadWork(accepted.plan(), shape));
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    return new BlockedIndex(this, arena, shape.kvHeads(), sparse ? shape.headDim() : 0);
  }

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    BlockedIndex index = own(selectionIndex);
    if (index.length == 0) {
      index.generation = cache.generation(); // Nothing is remembered that could be stale.
    }
    if (from != index.length || index.generation != cache.generation()) {
      throw new IllegalStateException(
          "Tokens from %d on cannot follow an index of %d tokens of generation %d (cache: %d); append in order and truncate after a truncation."
              .formatted(from, index.length, index.generation, cache.generation()));
    }
    if (to < from || to > cache.length()) {
      throw new IllegalArgumentException(
          "Tokens [%d, %d) are not all in a cache of %d tokens."
              .formatted(from, to, cache.length()));
    }
    if (sparse && from < to) {
      index.reserve(to);
      int firstBlock = from / BlockedIndex.BLOCK;
      int blocks = (to - 1) / BlockedIndex.BLOCK + 1 - firstBlock;
      workers.run(
          blocks * shape.kvHeads(),
          (task, worker) -> {
            int start = (firstBlock + task / shape.kvHeads()) * BlockedIndex.BLOCK;
            writers[worker].write(
                cache,
                index,
                task % shape.kvHeads(),
                Math.max(from, start),
                Math.min(to, start + BlockedIndex.BLOCK));
          });
    }
    index.length = to;
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    BlockedIndex index = own(selectionIndex);
    if (length < 0 || length != cache.length()) {
      throw new IllegalArgumentException(
          "The cache holds %d tokens, not %d; truncate it before its index."
              .formatted(cache.length(), length));
    }
    // A code is its token's alone: what is left stays as it is.
    index.length = Math.min(index.length, length);
    index.generation = cache.generation();
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    int tasks = number(batch);
    StepProbe watching = probe.wantsSelection() ? probe : StepProbe.NONE;
    workers.run(
        tasks,
        (task, worker) -> {
          int slot = slot(batch, task);
          int inSlot = task - firstTask[slot];
          int firstRow = inSlot / shape.kvHeads() * HeadWork.ROWS;
          work[worker].run(
              batch,
              slot,
              firstRow,
              Math.min(batch.rows(slot), firstRow + HeadWork.ROWS),
              inSlot % shape.kvHeads(),
              watching,
              costs,
              task * COSTS);
        });
    for (int slot = 0; slot < batch.size(); slot++) {
      long[] sums = new long[COSTS];
      for (int i = firstTask[slot] * COSTS; i < firstTask[slot + 1] * COSTS; i++) {
        sums[i % COSTS] += costs[i];
      }
      probe.read(slot, sums[0], sums[1], sums[2]);
    }
  }

  /** Checks the slots and numbers their tasks. */
  private int number(Batch batch) {
    int slots = batch.size();
    if (firstTask.length < slots + 1) {
      firstTask = new int[slots + 1];
    }
    int tasks = 0;
    for (int slot = 0; slot < slots; slot++) {
      KvView cache = batch.cache(slot);
      BlockedIndex index = own(batch.index(slot));
      if (index.length != cache.length() || index.generation != cache.generation()) {
        throw new IllegalStateException(
            "The index is stale: it covers %d tokens of generation %d, the cache holds %d of generation %d; append or truncate first."
                .formatted(index.length, index.generation, cache.length(), cache.generation()));
      }
      int rows = batch.rows(slot);
      if (rows < 1 || rows > cache.length()) {
        throw new IllegalArgumentException(
            "%d query rows do not fit a cache of %d tokens; append the rows' own tokens first."
                .formatted(rows, cache.length()));
      }
      firstTask[slot] = tasks;
      tasks += (rows + HeadWork.ROWS - 1) / HeadWork.ROWS * shape.kvHeads();
    }
    firstTask[slots] = tasks;
    if (costs.length < tasks * COSTS) {
      costs = new long[tasks * COSTS];
    }
    return tasks;
  }

  private int slot(Batch batch, int task) {
    int slot = Arrays.binarySearch(firstTask, 0, batch.size(), task);
    return slot >= 0 ? slot : -slot - 2;
  }

  private BlockedIndex own(SelectionIndex index) {
    if (index instanceof BlockedIndex blocked && blocked.owner == this) {
      blocked.checkAlive();
      return blocked;
    }
    throw new IllegalArgumentException(
        "The index was opened by another kernel; open one with this kernel.");
  }
}
