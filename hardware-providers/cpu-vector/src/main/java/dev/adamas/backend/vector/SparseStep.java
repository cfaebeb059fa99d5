package dev.adamas.backend.vector;

import dev.adamas.api.Distance;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * One query row, for some query heads of one KV head: prepares the queries, has codes selected and
 * attends to what they stand for. One instance serves one worker.
 */
final class SparseStep {

  /** Numbers that {@link #run} writes per task: tokens, bytes of keys and values, of index. */
  static final int COSTS = 3;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int CHUNK = SparseIndex.CHUNK;

  private final ModelShape shape;
  private final Pipeline pipeline;
  private final ScorePlan scorePlan;
  private final boolean shared;
  private final boolean estimates;
  private final int headDim;
  private final int dim;
  private final int rowsPerCode;
  private final int codeBytes;

  private final SparseEncoder encoder;
  private final GatherAttention attention;
  private final float[] queries;
  private final MemorySegment query;
  private final MemorySegment transformed;
  private final float[] steps;
  private final float[] offsets;
  private final Optional<TailStep> tail;
  private final RowSelection selection;
  private final RowScores scores;

  /** With a tail: what becomes of selections. */
  private final Optional<TailChoice> choice;

  /** Prepared queries. */
  private MemorySegment[] prepared = {};

  private int[] tokens = {};

  SparseStep(LayerPlan.Sparse plan, ModelShape shape, ScorePlan scorePlan) {
    this.shape = shape;
    this.scorePlan = scorePlan;
    pipeline = plan.pipeline();
    shared = plan.groupRule() == LayerPlan.GroupRule.SHARED;
    estimates = pipeline.distance().meaning() == Distance.Meaning.LOGIT;
    headDim = shape.headDim();
    dim = pipeline.transform().outputDim(headDim);
    rowsPerCode = pipeline.quantizer().rowsPerCode();
    codeBytes = scorePlan.readsKeys() ? 0 : pipeline.quantizer().codeBytes(dim);
    int group = shape.groupSize();
    encoder = new SparseEncoder(plan, scorePlan.layout(), headDim);
    attention = new GatherAttention(shape);
    queries = new float[group * headDim];
    query = MemorySegment.ofArray(new float[headDim]);
    transformed = MemorySegment.ofArray(new float[dim]);
    steps = new float[group];
    offsets = new float[group];
    tail = SparsePlans.tail(plan).map(means -> new TailStep(means, shape));
    selection = new RowSelection(plan, shape, scorePlan, tail, encoder, steps);
    scores = selection.scores();
    choice =
        tail.map(
            t ->
                new TailChoice(
                    plan, shape, t, selection.selections(), selection.budgets(), steps, offsets));
  }

  SparseEncoder encoder() {
    return encoder;
  }

  /**
   * Runs.
   *
   * @param firstHead first query head, counted within the group
   * @param dense whether the row attends to all that it sees
   * @param probe is told what was selected; {@link StepProbe#NONE} where it does not want to know
   * @param costs {@code [COSTS]} from {@code costsAt} on, written
   */
  void run(
      Kernel.Batch batch,
      int slot,
      int row,
      int kvHead,
      int firstHead,
      int heads,
      boolean dense,
      StepProbe probe,
      long[] costs,
      int costsAt,
      Scratch scratch) {
    KvView cache = batch.cache(slot);
    SparseIndex index = (SparseIndex) batch.index(slot);
    int visible = cache.length() - batch.rows(slot) + row + 1;
    int queryHead = kvHead * shape.groupSize() + firstHead;
    long at = ((long) row * shape.queryHeads() + queryHead) * headDim * Float.BYTES;
    MemorySegment.copy(batch.query(slot), FLOAT, at, queries, 0, heads * headDim);
    MemorySegment output = batch.output(slot);
    long rowBytes = 2L * headDim * cache.type().bytes();
    costs[costsAt + 2] = 0;
    if (dense) {
      all(visible);
      attention.attend(cache, kvHead, tokens, visible, queries, 0, heads, output, at, scratch);
      costs[costsAt] = (long) heads * visible;
      costs[costsAt + 1] = rowBytes * visible;
      return;
    }
    prepare(index.quantizer(kvHead).quantizer(), heads);
    scores.begin(cache, index, kvHead, visible);
    long scanned = scorePlan.readsKeys() ? rowBytes / 2 * visible : 0;
    // However the group is split over threads, its codes count once.
    costs[costsAt + 1] = firstHead == 0 ? scanned : 0;
    costs[costsAt + 2] = firstHead == 0 ? (long) scores.codes() * codeBytes : 0;
    tail.ifPresent(t -> t.begin(cache, index.tail.orElseThrow(), kvHead, visible, index.length()));
    selection.select(cache, index, kvHead, visible, heads);
    int together = shared ? heads : 1;
    if (tail.isPresent()) {
      costs[costsAt + 2] +=
          weighTail(tail.get(), cache, index, kvHead, visible, firstHead, heads, scratch);
    }
    long selected = 0;
    for (int head = 0; head < heads; head += together) {
      int count;
      int[] positions;
      if (tail.isPresent()) {
        count = choice.orElseThrow().count(head);
        positions = choice.orElseThrow().tokens(head);
      } else {
        count = selection.finish(head);
        positions = selection.codes(head);
      }
      if (rowsPerCode > 1) {
        count = expand(positions, count, visible);
        positions = tokens;
      }
      if (probe.wantsSelection()) {
        MemorySegment segment = MemorySegment.ofArray(positions);
        for (int h = head; h < head + together; h++) {
          probe.selected(slot, row, queryHead + h, segment, count);
        }
      }
      attention.attend(
          cache,
          kvHead,
          positions,
          count,
          queries,
          head * headDim,
          together,
          output,
          at + (long) head * headDim * Float.BYTES,
          scratch);
      if (tail.isPresent()) {
        for (int i = 0; i < together; i++) {
          long to = at + (long) (head + i) * headDim * Float.BYTES;
          tail.get().mix(head + i, scratch.largest[i], scratch.total[i], output, to);
        }
      }
      selected += (long) together * count;
      costs[costsAt + 1] += rowBytes * count;
    }
    costs[costsAt] = selected;
  }

  /**
   * Splits selections into tokens and second tier, and weighs what is outside them.
   *
   * @return bytes of the index that are read
   */
  private long weighTail(
      TailStep tail,
      KvView cache,
      SparseIndex index,
      int kvHead,
      int visible,
      int firstHead,
      int heads,
      Scratch scratch) {
    TailIndex values = index.tail.orElseThrow();
    // However the group is split over threads, means count once.
    long bytes =
        firstHead == 0 ? Math.max(1, visible / values.pageTokens()) * (long) values.meanBytes() : 0;
    int lists = shared ? 1 : heads;
    bytes +=
        choice
            .orElseThrow()
            .choose(
                values,
                kvHead,
                visible,
                scores.sinkCodes(),
                scores.firstRecent(),
                lists,
                heads / lists);
    tail.addPages(values, cache, heads, scratch);
    return bytes;
  }

  private void all(int visible) {
    if (tokens.length < visible) {
      tokens = new int[Lanes.roundUp(visible, CHUNK)];
    }
    for (int i = 0; i < visible; i++) {
      tokens[i] = i;
    }
  }

  private void prepare(Quantizer quantizer, int heads) {
    Distance distance = pipeline.distance();
    if (prepared.length == 0) {
      int bytes = distance.queryBytes(quantizer, dim);
      prepared = new MemorySegment[shape.groupSize()];
      Arrays.setAll(prepared, _ -> MemorySegment.ofArray(new byte[bytes]));
    }
    for (int head = 0; head < heads; head++) {
      MemorySegment.copy(queries, head * headDim, query, FLOAT, 0, headDim);
      pipeline.transform().apply(query, 1, headDim, transformed);
      distance.prepareQuery(quantizer, transformed, dim, prepared[head]);
      steps[head] = estimates ? distance.step(quantizer, prepared[head], dim) : 1;
      if (tail.isPresent()) {
        offsets[head] = distance.offset(quantizer, prepared[head], dim);
      }
      if (choice.isPresent()) {
        choice.get().query(head, transformed);
      }
      scores.scorer().query(head, quantizer, prepared[head]);
    }
  }

  private int expand(int[] positions, int count, int visible) {
    int most = (int) Math.min((long) count * rowsPerCode, visible);
    if (tokens.length < most) {
      tokens = new int[Lanes.roundUp(most, CHUNK)];
    }
    int written = 0;
    for (int i = 0; i < count; i++) {
      int first = positions[i] * rowsPerCode;
      int end = (int) Math.min(visible, (long) first + rowsPerCode);
      for (int token = first; token < end; token++) {
        tokens[written++] = token;
      }
    }
    return written;
  }
}
