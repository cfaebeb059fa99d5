package com.example.broken;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Attends to the first and the last tokens, and does one thing wrong. */
final class FaultyKernel implements Kernel {

  private final Support.Accepted accepted;
  private final Fault fault;
  private final int recent;
  private final int budget;
  private final PlainAttention attention;

  /** Pages of caches that it should not remember. */
  private final List<KvView.Page> retained = new ArrayList<>();

  private int steps;

  FaultyKernel(Support.Accepted accepted, Fault fault, int recent, int budget) {
    this.accepted = accepted;
    this.fault = fault;
    this.recent = recent;
    this.budget = budget;
    this.attention = new PlainAttention(accepted.shape());
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    return new FaultyIndex(this, arena);
  }

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    FaultyIndex index = own(selectionIndex);
    if (index.length == 0) {
      index.generation = cache.generation();
    }
    if (from != index.length || index.generation != cache.generation()) {
      throw new IllegalStateException("Tokens from " + from + " on do not follow this index.");
    }
    if (to < from || to > cache.length()) {
      throw new IllegalArgumentException("The cache does not hold tokens up to " + to + ".");
    }
    index.length = to;
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    FaultyIndex index = own(selectionIndex);
    if (length < 0 || length != cache.length()) {
      throw new IllegalArgumentException("The cache does not hold " + length + " tokens.");
    }
    index.length = Math.min(index.length, length);
    index.generation = cache.generation();
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    for (int slot = 0; slot < batch.size(); slot++) {
      check(batch, slot);
    }
    steps++;
    if (fault.kind() == Fault.Kind.THROWS && steps >= fault.step()) {
      throw new IllegalStateException("The faulty backend broke at its step " + steps + ".");
    }
    if (fault.kind() == Fault.Kind.HANGS && steps == fault.step()) {
      FaultyBackend.pause(fault.millis());
    }
    for (int slot = 0; slot < batch.size(); slot++) {
      attend(batch, slot, probe);
    }
  }

  private void attend(Batch batch, int slot, StepProbe probe) {
    ModelShape shape = accepted.shape();
    KvView cache = batch.cache(slot);
    if (fault.kind() == Fault.Kind.RETAINS && retained.isEmpty()) {
      retained.add(cache.page(0));
    }
    long seen = 0;
    long bytes = 0;
    for (int row = 0; row < batch.rows(slot); row++) {
      int visible = cache.length() - batch.rows(slot) + row + 1;
      int[] tokens = tokens(visible);
      for (int head = 0; head < shape.queryHeads(); head++) {
        if (tokens.length < visible && probe.wantsSelection()) {
          probe.selected(slot, row, head, MemorySegment.ofArray(tokens), tokens.length);
        }
        attention.attend(
            cache,
            page -> page == 0 && !retained.isEmpty() ? retained.getFirst() : cache.page(page),
            tokens,
            head,
            row,
            batch.query(slot),
            batch.output(slot));
      }
      seen += (long) tokens.length * shape.queryHeads();
      bytes += 2L * tokens.length * shape.queryHeads() * shape.headDim() * cache.type().bytes();
    }
    probe.read(slot, seen, bytes, 0);
  }

  /** All tokens, or the forced ones and those that win the ties. */
  private int[] tokens(int visible) {
    int[] tokens = new int[Math.min(visible, budget)];
    int first = tokens.length == visible ? visible : budget - recent;
    int after = fault.kind() == Fault.Kind.TIES && first < visible ? visible - recent - first : 0;
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i < first ? after + i : visible - tokens.length + i;
    }
    return tokens;
  }

  private void check(Batch batch, int slot) {
    KvView cache = batch.cache(slot);
    FaultyIndex index = own(batch.index(slot));
    if (index.length != cache.length() || index.generation != cache.generation()) {
      throw new IllegalStateException("The index is stale; append or truncate first.");
    }
    if (batch.rows(slot) < 1 || batch.rows(slot) > cache.length()) {
      throw new IllegalArgumentException("The cache does not hold the rows' own tokens.");
    }
  }

  private FaultyIndex own(SelectionIndex index) {
    if (!(index instanceof FaultyIndex faulty) || faulty.owner != this) {
      throw new IllegalArgumentException("The index was opened by another kernel.");
    }
    if (!faulty.arena.scope().isAlive()) {
      throw new IllegalStateException("The index is closed; open another one.");
    }
    return faulty;
  }
}
