package com.example.blocked;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Some query rows over one KV head. Rows that see everything up to their own token read each chunk
 * once for all of them; the others are computed row by row. One instance serves one thread.
 */
final class HeadWork {

  /** Query rows of a task. */
  static final int ROWS = 8;

  private final LayerPlan plan;
  private final ModelShape shape;
  private final int group;
  private final int dim;
  private final SoftmaxSums sums;
  private final Optional<KeyScan> scan;
  private final SmallestScores smallest = new SmallestScores();
  private final float[] queries;
  private final float[] results;

  private float[] scores = new float[0];
  private float[] headScores = new float[0];
  private int[] window = new int[0];

  private StepProbe probe = StepProbe.NONE;
  private int slot;
  private long visibleTokens;
  private long kvBytes;
  private long indexBytes;

  HeadWork(LayerPlan plan, ModelShape shape) {
    this.plan = plan;
    this.shape = shape;
    this.group = shape.groupSize();
    this.dim = shape.headDim();
    this.sums = new SoftmaxSums(ROWS * group, dim, shape.softmaxScale());
    this.scan =
        plan instanceof LayerPlan.Sparse sparse
            ? Optional.of(
                new KeyScan(
                    dim, BlockedBackend.rank(sparse.pipeline().distance().spec()).orElseThrow()))
            : Optional.empty();
    this.queries = new float[ROWS * group * dim];
    this.results = new float[ROWS * group * dim];
  }

  /**
   * Attends with rows {@code [firstRow, endRow)} of a slot, at most {@link #ROWS}.
   *
   * @param costs the task's tokens, bytes of cache and bytes of index are written from {@code at}
   *     on
   */
  void run(
      Kernel.Batch batch,
      int slotOfBatch,
      int firstRow,
      int endRow,
      int kvHead,
      StepProbe watching,
      long[] costs,
      int at) {
    probe = watching;
    slot = slotOfBatch;
    visibleTokens = 0;
    kvBytes = 0;
    indexBytes = 0;
    KvView cache = batch.cache(slot);
    int rows = endRow - firstRow;
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          batch.query(slot),
          Layouts.FLOAT,
          offset(firstRow + row, kvHead),
          queries,
          row * group * dim,
          group * dim);
    }
    sums.clear();
    int firstVisible = cache.length() - batch.rows(slot) + firstRow + 1;
    int dense = 0;
    while (dense < rows && !selects(firstVisible + dense)) {
      dense++;
    }
    attendDensely(cache, kvHead, firstVisible, dense);
    for (int row = dense; row < rows; row++) {
      int visible = firstVisible + row;
      switch (plan) {
        case LayerPlan.Window(int sinks, int recent) ->
            attendWindow(cache, kvHead, firstRow, row, visible, sinks, recent);
        case LayerPlan.Sparse sparse ->
            attendSparse(
                cache, (BlockedIndex) batch.index(slot), sparse, kvHead, firstRow, row, visible);
        default -> throw new IllegalStateException("A dense row was left: " + plan);
      }
    }
    for (int query = 0; query < rows * group; query++) {
      sums.result(query, results, query * dim);
    }
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          results,
          row * group * dim,
          batch.output(slot),
          Layouts.FLOAT,
          offset(firstRow + row, kvHead),
          group * dim);
    }
    costs[at] = visibleTokens;
    costs[at + 1] = kvBytes;
    costs[at + 2] = indexBytes;
  }

  private long offset(int row, int kvHead) {
    return ((long) row * shape.queryHeads() + (long) kvHead * group) * dim * Float.BYTES;
  }

  /** Whether a row that could see {@code visible} tokens sees fewer. Later rows do too then. */
  private boolean selects(int visible) {
    return switch (plan) {
      case LayerPlan.Window(int sinks, int recent) -> (long) sinks + recent < visible;
      case LayerPlan.Sparse sparse -> sparse.budget().limit(visible) < visible;
      default -> false;
    };
  }

  private void attendDensely(KvView cache, int kvHead, int firstVisible, int rows) {
    int end = firstVisible + rows - 1;
    for (int first = 0; rows > 0 && first < end; first += SoftmaxSums.CHUNK) {
      sums.loadRange(cache, kvHead, first, Math.min(SoftmaxSums.CHUNK, end - first));
      for (int row = 0; row < rows; row++) {
        int seen = Math.min(SoftmaxSums.CHUNK, firstVisible + row - first);
        for (int head = 0; seen > 0 && head < group; head++) {
          int query = row * group + head;
          sums.add(query, queries, query * dim, seen);
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      count(cache, firstVisible + row, group);
    }
  }

  private void attendWindow(
      KvView cache, int kvHead, int firstRow, int row, int visible, int sinks, int recent) {
    int count = sinks + recent;
    if (window.length < count) {
      window = new int[count];
    }
    for (int i = 0; i < count; i++) {
      window[i] = i < sinks ? i : visible - count + i;
    }
    attendTokens(cache, kvHead, firstRow, row, 0, group, window, count);
  }

  private void attendSparse(
      KvView cache,
      BlockedIndex index,
      LayerPlan.Sparse sparse,
      int kvHead,
      int firstRow,
      int row,
      int visible) {
    if (scores.length < visible) {
      scores = new float[visible];
      headScores = new float[visible];
    }
    boolean shared = sparse.groupRule() == LayerPlan.GroupRule.SHARED;
    for (int head = 0; head < group; head++) {
      boolean first = !shared || head == 0;
      indexBytes +=
          scan.orElseThrow()
              .score(
                  index,
                  kvHead,
                  visible,
                  queries,
                  (row * group + head) * dim,
                  first ? scores : headScores);
      for (int i = 0; !first && i < visible; i++) {
        // One step of score is worth the same for every head; a NaN stays.
        scores[i] = Math.min(scores[i], headScores[i]);
      }
      if (!shared) {
        select(sparse, visible);
        attendTokens(cache, kvHead, firstRow, row, head, 1, smallest.positions(), smallest.size());
      }
    }
    if (shared) {
      select(sparse, visible);
      attendTokens(cache, kvHead, firstRow, row, 0, group, smallest.positions(), smallest.size());
    }
  }

  private void select(LayerPlan.Sparse sparse, int visible) {
    int sinks = Math.min(sparse.sinks(), visible);
    int recent = Math.min(sparse.recent(), visible);
    java.util.Arrays.fill(scores, 0, sinks, Float.NEGATIVE_INFINITY);
    java.util.Arrays.fill(scores, visible - recent, visible, Float.NEGATIVE_INFINITY);
    smallest.select(scores, visible, sparse.budget().limit(visible));
  }

  private void attendTokens(
      KvView cache,
      int kvHead,
      int firstRow,
      int row,
      int firstHead,
      int heads,
      int[] tokens,
      int count) {
    if (probe.wantsSelection()) {
      MemorySegment positions = MemorySegment.ofArray(tokens);
      for (int head = firstHead; head < firstHead + heads; head++) {
        probe.selected(slot, firstRow + row, kvHead * group + head, positions, count);
      }
    }
    for (int first = 0; first < count; first += SoftmaxSums.CHUNK) {
      int loaded = Math.min(SoftmaxSums.CHUNK, count - first);
      sums.loadTokens(cache, kvHead, tokens, first, loaded);
      for (int head = firstHead; head < firstHead + heads; head++) {
        int query = row * group + head;
        sums.add(query, queries, query * dim, loaded);
      }
    }
    count(cache, count, heads);
  }

  private void count(KvView cache, int tokens, int heads) {
    visibleTokens += (long) tokens * heads;
    kvBytes += 2L * tokens * dim * cache.type().bytes();
  }
}
