package dev.adamas.backend.scalar;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;

/**
 * One query row over one KV head: decides what its query heads see, and attends to that exactly.
 *
 * <p>One instance serves one thread; its buffers only grow. Sums run in double precision: this is
 * what other backends are compared with.
 */
final class HeadAttention {

  /** Numbers that {@link #run} writes per task: tokens, bytes of keys and values, of index. */
  static final int COSTS = 3;

  private final LayerPlan plan;
  private final ModelShape shape;
  private final CacheReader reader;
  private final float[] queries;
  private final float[] keyOrValue;
  private final double[] sums;
  private final float[] result;
  private final TokenSelection selection;

  private double[] weights = new double[0];
  private long visibleTokens;
  private long kvBytes;
  private long indexBytes;

  HeadAttention(LayerPlan plan, ModelShape shape) {
    this.plan = plan;
    this.shape = shape;
    int dim = shape.headDim();
    this.reader = new CacheReader(dim);
    this.queries = new float[shape.groupSize() * dim];
    this.keyOrValue = new float[dim];
    this.sums = new double[shape.groupSize() * dim];
    this.result = new float[shape.groupSize() * dim];
    this.selection = new TokenSelection(shape);
  }

  /**
   * Attends.
   *
   * @param probe is told what was selected; {@link StepProbe#NONE} where it does not want to know
   * @param costs {@code [tasks][COSTS]}; this task's are written
   */
  void run(
      Kernel.Batch batch, int slot, int row, int kvHead, StepProbe probe, long[] costs, int task) {
    KvView cache = batch.cache(slot);
    int visible = cache.length() - batch.rows(slot) + row + 1;
    int group = shape.groupSize();
    int firstHead = kvHead * group;
    long at = ((long) row * shape.queryHeads() + firstHead) * shape.headDim() * Float.BYTES;
    MemorySegment.copy(batch.query(slot), Memory.FLOAT, at, queries, 0, queries.length);
    Step step = new Step(cache, kvHead, visible, probe, slot, row);
    visibleTokens = 0;
    kvBytes = 0;
    indexBytes = 0;
    switch (plan) {
      case LayerPlan.Dense _ -> attendAll(step);
      case LayerPlan.Window(int sinks, int recent) -> {
        if ((long) sinks + recent >= visible) {
          attendAll(step);
        } else {
          selection.window(visible, sinks, recent);
          attendSelected(step, 0, group);
        }
      }
      case LayerPlan.Sparse sparse -> attendSparse(step, sparse, (ScalarIndex) batch.index(slot));
    }
    MemorySegment.copy(result, 0, batch.output(slot), Memory.FLOAT, at, result.length);
    costs[task * COSTS] = visibleTokens;
    costs[task * COSTS + 1] = kvBytes;
    costs[task * COSTS + 2] = indexBytes;
  }

  /** What stays the same for the query heads of one task. */
  private record Step(KvView cache, int kvHead, int visible, StepProbe probe, int slot, int row) {}

  private void attendSparse(Step step, LayerPlan.Sparse sparse, ScalarIndex index) {
    if (TokenSelection.isDense(sparse, step.visible, index, step.cache.calibrationLength())) {
      attendAll(step);
      return;
    }
    int group = shape.groupSize();
    indexBytes += selection.score(sparse, step.cache, index, step.kvHead, step.visible, queries);
    if (sparse.groupRule() == LayerPlan.GroupRule.SHARED) {
      selection.combine(sparse);
      selection.select(sparse, 0, step.visible);
      attendSelected(step, 0, group);
      return;
    }
    for (int head = 0; head < group; head++) {
      selection.select(sparse, head, step.visible);
      attendSelected(step, head, 1);
    }
  }

  private void attendAll(Step step) {
    selection.all(step.visible);
    attend(step, 0, shape.groupSize());
  }

  private void attendSelected(Step step, int head, int heads) {
    if (step.probe.wantsSelection()) {
      for (int h = head; h < head + heads; h++) {
        step.probe.selected(
            step.slot,
            step.row,
            step.kvHead * shape.groupSize() + h,
            selection.tokensSegment(),
            selection.count());
      }
    }
    attend(step, head, heads);
  }

  /** Exact softmax attention of some of the group's query heads over the selected tokens. */
  private void attend(Step step, int firstHead, int heads) {
    int count = selection.count();
    int dim = shape.headDim();
    if (weights.length < (long) heads * count) {
      weights = new double[Math.multiplyExact(heads, count)];
    }
    for (int i = 0; i < count; i++) {
      reader.key(step.cache, selection.token(i), step.kvHead, keyOrValue, 0);
      for (int h = 0; h < heads; h++) {
        weights[h * count + i] = logit((firstHead + h) * dim);
      }
    }
    for (int h = 0; h < heads; h++) {
      softmax(h * count, count);
    }
    java.util.Arrays.fill(sums, 0, heads * dim, 0);
    for (int i = 0; i < count; i++) {
      reader.value(step.cache, selection.token(i), step.kvHead, keyOrValue, 0);
      for (int h = 0; h < heads; h++) {
        double weight = weights[h * count + i];
        for (int j = 0; j < dim; j++) {
          sums[h * dim + j] += weight * keyOrValue[j];
        }
      }
    }
    for (int j = 0; j < heads * dim; j++) {
      result[firstHead * dim + j] = (float) sums[j];
    }
    visibleTokens += (long) heads * count;
    kvBytes += 2L * count * dim * step.cache.type().bytes();
  }

  private double logit(int queryAt) {
    double sum = 0;
    for (int j = 0; j < keyOrValue.length; j++) {
      sum += (double) queries[queryAt + j] * keyOrValue[j];
    }
    return sum * shape.softmaxScale();
  }

  private void softmax(int from, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      max = Math.max(max, weights[i]);
    }
    double total = 0;
    for (int i = from; i < from + count; i++) {
      weights[i] = Math.exp(weights[i] - max);
      total += weights[i];
    }
    for (int i = from; i < from + count; i++) {
      weights[i] /= total;
    }
  }
}
