package dev.adamas.backend.scalar;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Selector;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * One query row over one KV head: decides what its query heads see, attends to that exactly, and
 * adds the tail of the plan.
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
  private final double[] largest;
  private final double[] totals;
  private final float[] result;
  private final TokenSelection selection;
  private final CodeScores scores;
  private final Optional<TailAttention> tail;

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
    this.largest = new double[shape.groupSize()];
    this.totals = new double[shape.groupSize()];
    this.result = new float[shape.groupSize() * dim];
    this.selection = new TokenSelection(shape);
    this.scores = new CodeScores(shape);
    this.tail =
        plan instanceof LayerPlan.Sparse sparse && sparse.tail() instanceof Tail.PageMeans means
            ? Optional.of(new TailAttention(means, shape))
            : Optional.empty();
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
          attendSelected(step, 0, group, Optional.empty());
        }
      }
      case LayerPlan.Sparse sparse -> {
        try {
          attendSparse(step, sparse, (ScalarIndex) batch.index(slot));
        } finally {
          tail.ifPresent(TailAttention::end);
        }
      }
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
    indexBytes += scores.score(sparse, step.cache, index, step.kvHead, step.visible, queries);
    if (tail.isPresent()) {
      TailIndex tailIndex = index.tail.orElseThrow();
      indexBytes +=
          tail.get().begin(step.cache, tailIndex, step.kvHead, step.visible, index.length);
    }
    if (sparse.groupRule() == LayerPlan.GroupRule.SHARED) {
      selection.rankShared(sparse, scores, step.visible);
      select(step, sparse, index, 0, group);
      attendSelected(step, 0, group, tail);
      return;
    }
    for (int head = 0; head < group; head++) {
      selection.rank(sparse, scores, head, step.visible);
      select(step, sparse, index, head, 1);
      attendSelected(step, head, 1, tail);
    }
  }

  /** Selects for heads that were ranked together, and their second tier. */
  private void select(Step step, LayerPlan.Sparse sparse, ScalarIndex index, int head, int heads) {
    Selector selector = sparse.pipeline().selector();
    Optional<Tail.Residual> residual =
        sparse.tail() instanceof Tail.PageMeans means ? means.residual() : Optional.empty();
    int tier = residual.map(r -> r.tokens().limit(step.visible)).orElse(0);
    if (residual.isPresent() && residual.get().refinesKeys()) {
      selection.chooseCandidates(selector, tier);
      CodeBlocks misses = index.tail.orElseThrow().keyCodes.orElseThrow();
      indexBytes +=
          scores.refine(
              sparse,
              residual.get().quantizer(),
              misses,
              step.kvHead,
              selection.candidates(),
              queries,
              head,
              heads);
      if (sparse.groupRule() == LayerPlan.GroupRule.SHARED) {
        selection.selectRefinedShared(selector, scores);
      } else {
        selection.selectRefined(selector, scores, head);
      }
    } else {
      selection.select(sparse, step.visible);
      if (residual.isPresent()) {
        selection.selectSecondTier(selector, tier);
      }
    }
    indexBytes += tail.map(t -> t.codeBytes(selection.secondTier())).orElse(0L);
  }

  private void attendAll(Step step) {
    selection.all(step.visible);
    attend(step, 0, shape.groupSize(), Optional.empty());
  }

  private void attendSelected(Step step, int head, int heads, Optional<TailAttention> added) {
    if (step.probe.wantsSelection()) {
      for (int h = head; h < head + heads; h++) {
        step.probe.selected(
            step.slot,
            step.row,
            step.kvHead * shape.groupSize() + h,
            selection.tokens().segment(),
            selection.tokens().count());
      }
    }
    attend(step, head, heads, added);
  }

  /**
   * Softmax attention of some of the group's query heads: exact over the selected tokens, and the
   * tail of the others where there is one.
   */
  private void attend(Step step, int firstHead, int heads, Optional<TailAttention> added) {
    TokenList tokens = selection.tokens();
    int count = tokens.count();
    int dim = shape.headDim();
    if (weights.length < (long) heads * count) {
      weights = new double[Math.multiplyExact(heads, count)];
    }
    Arrays.fill(largest, 0, heads, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < count; i++) {
      reader.key(step.cache, tokens.get(i), step.kvHead, keyOrValue, 0);
      for (int h = 0; h < heads; h++) {
        double logit = logit((firstHead + h) * dim);
        weights[h * count + i] = logit;
        largest[h] = Math.max(largest[h], logit);
      }
    }
    Arrays.fill(sums, 0, heads * dim, 0);
    for (int h = 0; h < heads; h++) {
      if (added.isPresent()) {
        largest[h] = Math.max(largest[h], added.get().estimate(scores, firstHead + h, selection));
      }
      double mass = 0;
      for (int i = h * count; i < (h + 1) * count; i++) {
        weights[i] = Math.exp(weights[i] - largest[h]);
        mass += weights[i];
      }
      double total = mass;
      if (added.isPresent()) {
        total += added.get().add(selection, largest[h], mass, sums, h * dim);
      }
      totals[h] = total;
    }
    for (int i = 0; i < count; i++) {
      reader.value(step.cache, tokens.get(i), step.kvHead, keyOrValue, 0);
      for (int h = 0; h < heads; h++) {
        double weight = weights[h * count + i];
        for (int j = 0; j < dim; j++) {
          sums[h * dim + j] += weight * keyOrValue[j];
        }
      }
    }
    for (int h = 0; h < heads; h++) {
      for (int j = 0; j < dim; j++) {
        result[(firstHead + h) * dim + j] = (float) (sums[h * dim + j] / totals[h]);
      }
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
}
