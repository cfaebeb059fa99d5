package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import dev.adamas.api.Distance;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.StepProbe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * One query row, for some query heads of one KV head: prepares the queries, scores the codes in
 * chunks that stay in the nearest cache, selects from each chunk at once, and attends to what was
 * selected. One instance serves one worker.
 */
final class SparseStep {

  /** Numbers that {@link #run} writes per task: tokens, bytes of keys and values, of index. */
  static final int COSTS = 3;

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int CHUNK = SparseIndex.CHUNK;
  private static final int BLOCK = SparseIndex.BLOCK;

  private final LayerPlan.Sparse plan;
  private final ModelShape shape;
  private final Pipeline pipeline;
  private final ScorePlan scorePlan;
  private final boolean shared;
  private final boolean estimates;
  private final int headDim;
  private final int dim;
  private final int rowsPerCode;
  private final int codeBytes;

  private final ScoreCodes scorer;
  private final SparseEncoder encoder;
  private final GatherAttention attention;
  private final SelectSmallest[] selections;
  private final float[] queries;
  private final MemorySegment query;
  private final MemorySegment transformed;
  private final float[] steps;
  private final float[] scores;
  private final float[] samples;
  private final Optional<TailStep> tail;
  private final Optional<SelectMass> mass;

  /** Whether selections wait until all scores are there: for a tail, or a budget of mass. */
  private final boolean kept;

  private final SelectKept keptScores = new SelectKept();

  private final float[] offsets;

  /** Codes that each list may select. */
  private final int[] budgets;

  /** With a tail: what becomes of selections. */
  private final Optional<TailChoice> choice;

  /** Prepared queries. */
  private MemorySegment[] prepared = {};

  private int[] tokens = {};

  /** All that is ranked in each list, for selectors and budgets that need it at once. */
  private float[][] allScores = {};

  private int[] ordinals = {};

  /** The code of a last page of which a row sees a part. */
  private MemorySegment ownCode = MemorySegment.NULL;

  // What is in play for the row at hand.
  private int visible;
  private int codes;
  private int stored;
  private int sinkCodes;
  private int firstRecent;

  /** What the chunk at hand is ranked by: {@code [lists][ranksPitch]} from {@link #ranksAt} on. */
  private float[] ranks = {};

  private int ranksAt;
  private int ranksPitch;

  SparseStep(LayerPlan.Sparse plan, ModelShape shape, ScorePlan scorePlan) {
    this.plan = plan;
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
    scorer = scorePlan.scorer(group);
    encoder = new SparseEncoder(plan, scorePlan.layout(), headDim);
    attention = new GatherAttention(shape);
    selections = new SelectSmallest[group];
    Arrays.setAll(selections, _ -> new SelectSmallest());
    queries = new float[group * headDim];
    query = MemorySegment.ofArray(new float[headDim]);
    transformed = MemorySegment.ofArray(new float[dim]);
    steps = new float[group];
    scores = new float[group * CHUNK];
    samples = new float[group * CHUNK];
    tail = SparsePlans.tail(plan).map(means -> new TailStep(means, shape));
    mass =
        plan.budget() instanceof Budget.TopP topP
            ? Optional.of(new SelectMass(topP, shape.softmaxScale()))
            : Optional.empty();
    kept = tail.isPresent() || mass.isPresent();
    offsets = new float[group];
    budgets = new int[group];
    choice = tail.map(t -> new TailChoice(plan, shape, t, selections, budgets, steps, offsets));
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
    visible = cache.length() - batch.rows(slot) + row + 1;
    int queryHead = kvHead * shape.groupSize() + firstHead;
    long at = ((long) row * shape.queryHeads() + queryHead) * headDim * Float.BYTES;
    MemorySegment.copy(batch.query(slot), FLOAT, at, queries, 0, heads * headDim);
    MemorySegment output = batch.output(slot);
    long rowBytes = 2L * headDim * cache.type().bytes();
    costs[costsAt + 2] = 0;
    if (dense) {
      all();
      attention.attend(cache, kvHead, tokens, visible, queries, 0, heads, output, at, scratch);
      costs[costsAt] = (long) heads * visible;
      costs[costsAt + 1] = rowBytes * visible;
      return;
    }
    prepare(index.quantizer(kvHead).quantizer(), heads);
    count(index);
    long scanned = scorePlan.readsKeys() ? rowBytes / 2 * visible : 0;
    // However the group is split over threads, its codes count once.
    costs[costsAt + 1] = firstHead == 0 ? scanned : 0;
    costs[costsAt + 2] = firstHead == 0 ? (long) codes * codeBytes : 0;
    encodeOwn(cache, index, kvHead);
    tail.ifPresent(t -> t.begin(cache, index.tail.orElseThrow(), kvHead, visible, index.length()));
    Arrays.fill(budgets, 0, heads, budget());
    if (kept) {
      selectKept(cache, index, kvHead, heads);
    } else if (scorePlan.fusedSelector()) {
      selectFused(cache, index, kvHead, heads);
    } else {
      collectScores(cache, index, kvHead, heads);
    }
    int together = shared ? heads : 1;
    if (tail.isPresent()) {
      costs[costsAt + 2] += weighTail(tail.get(), cache, index, kvHead, firstHead, heads, scratch);
    }
    long selected = 0;
    for (int head = 0; head < heads; head += together) {
      int count;
      int[] positions;
      if (tail.isPresent()) {
        count = choice.orElseThrow().count(head);
        positions = choice.orElseThrow().tokens(head);
      } else if (scorePlan.fusedSelector()) {
        count = selections[head].finish();
        positions = selections[head].positions();
      } else {
        count = selectStaged(head);
        positions = ordinals;
      }
      if (rowsPerCode > 1) {
        count = expand(positions, count);
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
            .choose(values, kvHead, visible, sinkCodes, firstRecent, lists, heads / lists);
    tail.addPages(values, cache, heads, scratch);
    return bytes;
  }

  private void all() {
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
      scorer.query(head, quantizer, prepared[head]);
    }
  }

  private void count(SparseIndex index) {
    codes = index.codes(visible);
    stored = visible == index.length() ? codes : visible / rowsPerCode;
    sinkCodes = (int) Math.min(codes, ((long) plan.sinks() + rowsPerCode - 1) / rowsPerCode);
    firstRecent = plan.recent() == 0 ? codes : Math.max(0, visible - plan.recent()) / rowsPerCode;
    firstRecent = Math.max(firstRecent, sinkCodes);
  }

  /** A row that sees a part of the last page needs a code of that part. */
  private void encodeOwn(KvView cache, SparseIndex index, int kvHead) {
    if (stored == codes) {
      return;
    }
    if (ownCode.byteSize() == 0) {
      ownCode = Arena.ofAuto().allocate(scorePlan.layout().blockBytes(), BLOCK);
    }
    int from = stored * rowsPerCode;
    encoder.encode(
        cache, kvHead, index.quantizer(kvHead), from, visible, ownCode, 0, 0, Optional.empty());
  }

  private int budget() {
    return Math.min(codes, Math.max(1, plan.budget().limit(visible) / rowsPerCode));
  }

  // ---- selection while scoring ----

  private void selectFused(KvView cache, SparseIndex index, int kvHead, int heads) {
    int lists = shared ? 1 : heads;
    int budget = budget();
    for (int list = 0; list < lists; list++) {
      selections[list].begin(budget, Float.POSITIVE_INFINITY);
    }
    if (Samples.pay(codes, budget)) {
      sample(cache, index, kvHead, heads, budget);
      if (offerAll(cache, index, kvHead, heads)) {
        return;
      }
      // The sample did not stand for the whole; only lists that came out short start again.
      for (int list = 0; list < lists; list++) {
        selections[list].begin(budget, Float.POSITIVE_INFINITY);
      }
    }
    offerAll(cache, index, kvHead, heads);
  }

  /** Sets limits so that somewhat more than the budget should pass. */
  private void sample(KvView cache, SparseIndex index, int kvHead, int heads, int budget) {
    int whole = stored / BLOCK;
    int blocks = Samples.blocks(whole);
    int lists = shared ? 1 : heads;
    int count = blocks * BLOCK;
    int rank = Samples.rank(count, codes, budget);
    for (int i = 0; i < blocks; i++) {
      int first = Samples.first(i, blocks, whole);
      scoreChunk(cache, index, kvHead, first, BLOCK, heads);
      for (int list = 0; list < lists; list++) {
        System.arraycopy(
            ranks, ranksAt + list * ranksPitch, samples, list * CHUNK + i * BLOCK, BLOCK);
      }
    }
    for (int list = 0; list < lists; list++) {
      float limit = selections[list].quantile(samples, list * CHUNK, count, rank);
      selections[list].begin(budget, limit);
    }
  }

  /** Offers every code; whether all selections are complete. */
  private boolean offerAll(KvView cache, SparseIndex index, int kvHead, int heads) {
    int lists = shared ? 1 : heads;
    for (int first = 0; first < codes; ) {
      int count = scoreChunk(cache, index, kvHead, first, CHUNK, heads);
      for (int list = 0; list < lists; list++) {
        selections[list].offer(ranks, ranksAt + list * ranksPitch, count, first);
      }
      first += count;
    }
    boolean complete = true;
    for (int list = 0; list < lists; list++) {
      complete &= selections[list].isComplete();
    }
    return complete;
  }

  /**
   * Scores codes from {@code first} on, which starts a block: at most {@code most}, within a chunk.
   * What they are ranked by is left in {@link #ranks}: forced codes have negative infinity there,
   * and under a shared selection it is the group's best. A tail keeps all scores of each head, and
   * selections that wait get those of forced codes as they are.
   *
   * @return how many were scored
   */
  private int scoreChunk(
      KvView cache, SparseIndex index, int kvHead, int first, int most, int heads) {
    int count;
    float[] target = scores;
    int at = 0;
    int pitch = CHUNK;
    if (tail.isPresent()) {
      target = tail.get().weights().scores();
      at = first;
      pitch = tail.get().weights().pitch();
    }
    if (first < stored) {
      count = Math.min(Math.min(most, stored - first), CHUNK - first % CHUNK);
      scorer.score(
          cache,
          kvHead,
          first,
          scorePlan.readsKeys() ? MemorySegment.NULL : index.chunk(first),
          index.block(kvHead, first),
          count,
          heads,
          target,
          at,
          pitch);
    } else {
      count = codes - first;
      scorer.score(cache, kvHead, first, ownCode, 0, count, heads, target, at, pitch);
    }
    ranks = target;
    ranksAt = at;
    ranksPitch = pitch;
    if (shared) {
      ranks = kept ? allScores[0] : scores;
      ranksAt = kept ? first : 0;
      combine(target, at, pitch, count, heads, steps, ranks, ranksAt);
    }
    if (!kept && (first < sinkCodes || first + count > firstRecent)) {
      force(first, count, shared ? 1 : heads);
    }
    return count;
  }

  /** The best of the group for each code, in whole vectors; NaN where any is. */
  static void combine(
      float[] from, int at, int pitch, int count, int heads, float[] steps, float[] best, int to) {
    for (int i = 0; i < count; i += Lanes.L) {
      FloatVector least = FloatVector.broadcast(Lanes.F, Float.POSITIVE_INFINITY);
      for (int head = 0; head < heads; head++) {
        FloatVector score = FloatVector.fromArray(Lanes.F, from, at + head * pitch + i);
        least = least.min(score.mul(steps[head]));
      }
      least.intoArray(best, to + i);
    }
  }

  private void force(int first, int count, int lists) {
    int sinks = Math.clamp((long) sinkCodes - first, 0, count);
    int recent = Math.clamp((long) firstRecent - first, 0, count);
    for (int list = 0; list < lists; list++) {
      int at = list * CHUNK;
      Arrays.fill(scores, at, at + sinks, Float.NEGATIVE_INFINITY);
      Arrays.fill(scores, at + recent, at + count, Float.NEGATIVE_INFINITY);
    }
  }

  // ---- selection once all is scored ----

  private void selectKept(KvView cache, SparseIndex index, int kvHead, int heads) {
    collectScores(cache, index, kvHead, heads);
    boolean inTail = tail.isPresent() && !shared;
    int more = tail.map(t -> t.tier(visible)).orElse(0);
    for (int list = 0; list < (shared ? 1 : heads); list++) {
      float[] all = inTail ? tail.get().weights().scores() : allScores[list];
      int at = inTail ? list * tail.get().weights().pitch() : 0;
      keptScores.scores(all, at, codes, sinkCodes, firstRecent);
      if (mass.isPresent()) {
        float step = shared ? 1 : steps[list];
        budgets[list] = mass.get().select(keptScores, step, budgets[list], more, selections[list]);
      } else {
        keptScores.select(Math.min(codes, budgets[list] + more), selections[list]);
      }
      if (!scorePlan.fusedSelector()) {
        Arrays.fill(all, 0, sinkCodes, Float.NEGATIVE_INFINITY);
        Arrays.fill(all, firstRecent, codes, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private void collectScores(KvView cache, SparseIndex index, int kvHead, int heads) {
    if (allScores.length == 0) {
      allScores = new float[shape.groupSize()][0];
    }
    // A tail keeps the scores of each head itself.
    int lists = shared ? 1 : tail.isPresent() ? 0 : heads;
    for (int list = 0; list < lists; list++) {
      if (allScores[list].length < codes) {
        allScores[list] = new float[Lanes.roundUp(codes, CHUNK)];
      }
    }
    // What is combined for a selection that waits is written where it is kept.
    int copies = shared && kept ? 0 : lists;
    for (int first = 0; first < codes; ) {
      int count = scoreChunk(cache, index, kvHead, first, CHUNK, heads);
      for (int list = 0; list < copies; list++) {
        System.arraycopy(ranks, ranksAt + list * ranksPitch, allScores[list], first, count);
      }
      first += count;
    }
  }

  private int selectStaged(int head) {
    int budget = budgets[head];
    if (ordinals.length < budget) {
      ordinals = new int[Lanes.roundUp(budget, CHUNK)];
    }
    Selector selector = pipeline.selector();
    int count =
        selector.select(
            MemorySegment.ofArray(allScores[head]), codes, budget, MemorySegment.ofArray(ordinals));
    boolean valid = count >= 1 && count <= budget;
    int previous = -1;
    for (int i = 0; valid && i < count; i++) {
      valid = ordinals[i] > previous && ordinals[i] < codes;
      previous = ordinals[i];
    }
    if (!valid) {
      // Selectors come from plugins; a wrong one must not read outside the cache.
      throw new IllegalStateException(
          "Selector %s must give 1 to %d ascending ordinals below %d and did not; use another selector."
              .formatted(selector.spec(), budget, codes));
    }
    return count;
  }

  private int expand(int[] positions, int count) {
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
