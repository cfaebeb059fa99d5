package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * Scores of the codes that a row sees, for some query heads of one KV head, in chunks that stay in
 * the nearest cache. One instance serves one worker.
 */
final class RowScores {

  private static final int CHUNK = SparseIndex.CHUNK;
  private static final int BLOCK = SparseIndex.BLOCK;

  private final LayerPlan.Sparse plan;
  private final ScorePlan scorePlan;
  private final boolean shared;
  private final int rowsPerCode;
  private final ScoreCodes scorer;
  private final SparseEncoder encoder;
  private final Optional<TailWeights> tail;

  /** Whether selections wait until all scores are there: for a tail, or a budget of mass. */
  private final boolean kept;

  private final float[] steps;
  private final float[] scores;

  /** All that is ranked in each list, for selectors and budgets that need it at once. */
  private final float[][] allScores;

  /** The code of a last page of which a row sees a part. */
  private MemorySegment ownCode = MemorySegment.NULL;

  // Of the row at hand.
  private int codes;
  private int stored;
  private int sinkCodes;
  private int firstRecent;

  /** What the chunk at hand is ranked by: {@code [lists][ranksPitch]} from {@link #ranksAt} on. */
  private float[] ranks = {};

  private int ranksAt;
  private int ranksPitch;

  /**
   * Scores under a plan.
   *
   * @param tail keeps all scores of each head
   * @param steps what a unit of each head's scores is worth
   */
  RowScores(
      LayerPlan.Sparse plan,
      ScorePlan scorePlan,
      SparseEncoder encoder,
      Optional<TailWeights> tail,
      boolean kept,
      float[] steps) {
    this.plan = plan;
    this.scorePlan = scorePlan;
    this.encoder = encoder;
    this.tail = tail;
    this.kept = kept;
    this.steps = steps;
    shared = plan.groupRule() == LayerPlan.GroupRule.SHARED;
    rowsPerCode = plan.pipeline().quantizer().rowsPerCode();
    int group = steps.length;
    scorer = scorePlan.scorer(group);
    scores = new float[group * CHUNK];
    allScores = new float[group][0];
  }

  /** Where queries go. */
  ScoreCodes scorer() {
    return scorer;
  }

  /** Starts a row. */
  void begin(KvView cache, SparseIndex index, int kvHead, int visible) {
    codes = index.codes(visible);
    stored = visible == index.length() ? codes : visible / rowsPerCode;
    sinkCodes = (int) Math.min(codes, ((long) plan.sinks() + rowsPerCode - 1) / rowsPerCode);
    firstRecent = plan.recent() == 0 ? codes : Math.max(0, visible - plan.recent()) / rowsPerCode;
    firstRecent = Math.max(firstRecent, sinkCodes);
    encodeOwn(cache, index, kvHead, visible);
  }

  /** A row that sees a part of the last page needs a code of that part. */
  private void encodeOwn(KvView cache, SparseIndex index, int kvHead, int visible) {
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

  int codes() {
    return codes;
  }

  /** Codes that the index has; what the row sees beyond them has a code of its own. */
  int stored() {
    return stored;
  }

  /** First codes that are always selected. */
  int sinkCodes() {
    return sinkCodes;
  }

  /** The first of the last codes that are always selected. */
  int firstRecent() {
    return firstRecent;
  }

  float[] ranks() {
    return ranks;
  }

  int ranksAt() {
    return ranksAt;
  }

  int ranksPitch() {
    return ranksPitch;
  }

  /** All that a list is ranked by, where it was collected. */
  float[] all(int list) {
    return allScores[list];
  }

  /**
   * Scores codes from {@code first} on, which starts a block: at most {@code most}, within a chunk.
   * What they are ranked by is left in {@link #ranks()}: forced codes have negative infinity there,
   * and under a shared selection it is the group's best. A tail keeps all scores of each head, and
   * selections that wait get those of forced codes as they are.
   *
   * @return how many were scored
   */
  int score(KvView cache, SparseIndex index, int kvHead, int first, int most, int heads) {
    int count;
    float[] target = scores;
    int at = 0;
    int pitch = CHUNK;
    if (tail.isPresent()) {
      target = tail.get().scores();
      at = first;
      pitch = tail.get().pitch();
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

  /** Scores all codes, and keeps what they are ranked by. */
  void collect(KvView cache, SparseIndex index, int kvHead, int heads) {
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
      int count = score(cache, index, kvHead, first, CHUNK, heads);
      for (int list = 0; list < copies; list++) {
        System.arraycopy(ranks, ranksAt + list * ranksPitch, allScores[list], first, count);
      }
      first += count;
    }
  }
}
