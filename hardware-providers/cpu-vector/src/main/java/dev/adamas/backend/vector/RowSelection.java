package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Selector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Selections of codes by their scores, one per list: a query head's, or that of a group. Where
 * nothing needs all scores at once, each chunk of them is selected from as soon as it is there. One
 * instance serves one worker.
 */
final class RowSelection {

  private static final int CHUNK = SparseIndex.CHUNK;
  private static final int BLOCK = SparseIndex.BLOCK;

  private final LayerPlan.Sparse plan;
  private final ScorePlan scorePlan;
  private final boolean shared;
  private final RowScores scores;
  private final Optional<TailStep> tail;
  private final Optional<SelectMass> mass;
  private final boolean kept;
  private final SelectSmallest[] selections;
  private final SelectKept keptScores = new SelectKept();
  private final float[] samples;
  private final float[] steps;

  /** Codes that each list may select. */
  private final int[] budgets;

  private int[] ordinals = {};

  RowSelection(
      LayerPlan.Sparse plan,
      ModelShape shape,
      ScorePlan scorePlan,
      Optional<TailStep> tail,
      SparseEncoder encoder,
      float[] steps) {
    this.plan = plan;
    this.scorePlan = scorePlan;
    this.tail = tail;
    this.steps = steps;
    shared = plan.groupRule() == LayerPlan.GroupRule.SHARED;
    mass =
        plan.budget() instanceof Budget.TopP topP
            ? Optional.of(new SelectMass(topP, shape.softmaxScale()))
            : Optional.empty();
    kept = tail.isPresent() || mass.isPresent();
    scores = new RowScores(plan, scorePlan, encoder, tail.map(TailStep::weights), kept, steps);
    selections = new SelectSmallest[steps.length];
    Arrays.setAll(selections, _ -> new SelectSmallest());
    samples = new float[steps.length * CHUNK];
    budgets = new int[steps.length];
  }

  RowScores scores() {
    return scores;
  }

  /** The selection of each list; complete and not ended where there is a tail. */
  SelectSmallest[] selections() {
    return selections;
  }

  /** Codes that each list may select. */
  int[] budgets() {
    return budgets;
  }

  /** Scores the codes of a row that was begun and selects from them. */
  void select(KvView cache, SparseIndex index, int kvHead, int visible, int heads) {
    int budget =
        Math.max(1, plan.budget().limit(visible) / plan.pipeline().quantizer().rowsPerCode());
    Arrays.fill(budgets, 0, heads, Math.min(scores.codes(), budget));
    if (kept) {
      selectKept(cache, index, kvHead, visible, heads);
    } else if (scorePlan.fusedSelector()) {
      selectFused(cache, index, kvHead, heads);
    } else {
      scores.collect(cache, index, kvHead, heads);
    }
  }

  /** Ends a list's selection, where there is no tail; how many codes it has. */
  int finish(int list) {
    return scorePlan.fusedSelector() ? selections[list].finish() : selectStaged(list);
  }

  /** The codes of a list that was ended last, ascending. */
  int[] codes(int list) {
    return scorePlan.fusedSelector() ? selections[list].positions() : ordinals;
  }

  private void selectFused(KvView cache, SparseIndex index, int kvHead, int heads) {
    int lists = shared ? 1 : heads;
    int budget = budgets[0];
    for (int list = 0; list < lists; list++) {
      selections[list].begin(budget, Float.POSITIVE_INFINITY);
    }
    if (Samples.pay(scores.codes(), budget)) {
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
    int whole = scores.stored() / BLOCK;
    int blocks = Samples.blocks(whole);
    int lists = shared ? 1 : heads;
    int count = blocks * BLOCK;
    int rank = Samples.rank(count, scores.codes(), budget);
    for (int i = 0; i < blocks; i++) {
      int first = Samples.first(i, blocks, whole);
      scores.score(cache, index, kvHead, first, BLOCK, heads);
      for (int list = 0; list < lists; list++) {
        System.arraycopy(
            scores.ranks(),
            scores.ranksAt() + list * scores.ranksPitch(),
            samples,
            list * CHUNK + i * BLOCK,
            BLOCK);
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
    for (int first = 0; first < scores.codes(); ) {
      int count = scores.score(cache, index, kvHead, first, CHUNK, heads);
      for (int list = 0; list < lists; list++) {
        selections[list].offer(
            scores.ranks(), scores.ranksAt() + list * scores.ranksPitch(), count, first);
      }
      first += count;
    }
    boolean complete = true;
    for (int list = 0; list < lists; list++) {
      complete &= selections[list].isComplete();
    }
    return complete;
  }

  private void selectKept(KvView cache, SparseIndex index, int kvHead, int visible, int heads) {
    scores.collect(cache, index, kvHead, heads);
    int codes = scores.codes();
    boolean inTail = tail.isPresent() && !shared;
    int more = tail.map(t -> t.tier(visible)).orElse(0);
    for (int list = 0; list < (shared ? 1 : heads); list++) {
      float[] all = inTail ? tail.get().weights().scores() : scores.all(list);
      int at = inTail ? list * tail.get().weights().pitch() : 0;
      keptScores.scores(all, at, codes, scores.sinkCodes(), scores.firstRecent());
      if (mass.isPresent()) {
        float step = shared ? 1 : steps[list];
        budgets[list] = mass.get().select(keptScores, step, budgets[list], more, selections[list]);
      } else {
        keptScores.select(Math.min(codes, budgets[list] + more), selections[list]);
      }
      if (!scorePlan.fusedSelector()) {
        Arrays.fill(all, 0, scores.sinkCodes(), Float.NEGATIVE_INFINITY);
        Arrays.fill(all, scores.firstRecent(), codes, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private int selectStaged(int head) {
    int codes = scores.codes();
    int budget = budgets[head];
    if (ordinals.length < budget) {
      ordinals = new int[Lanes.roundUp(budget, CHUNK)];
    }
    Selector selector = plan.pipeline().selector();
    int count =
        selector.select(
            MemorySegment.ofArray(scores.all(head)),
            codes,
            budget,
            MemorySegment.ofArray(ordinals));
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
}
