package dev.adamas.backend.vector;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Which of the tokens that a row's lists selected are attended to, and which make the second tier:
 * the best by their scores, or by refined scores where the tail refines keys. A list is a query
 * head's selection, or that of a group. One instance serves one worker.
 */
final class TailChoice {

  private static final int CHUNK = SparseIndex.CHUNK;

  private final boolean shared;
  private final int group;
  private final TailStep tail;
  private final SelectSmallest[] selections;
  private final int[] budgets;
  private final float[] steps;
  private final float[] offsets;

  /** Tokens of each list that are attended to. */
  private final int[][] chosen;

  private final int[] chosenCount;

  /** The second tier of each list; with refined keys all of its candidates. */
  private final int[][] tier;

  private final int[] tierCount;

  /** Where the tail refines keys: candidates' scores, and the choice among them. */
  private final Optional<RefinedScores> refined;

  private final SelectSmallest second = new SelectSmallest();
  private float[] candidateScores = {};
  private float[] refinedScores = {};
  private float[] refinedRanks = {};

  // Of the row at hand: tokens before the one and from the other on are always attended to.
  private int sinks;
  private int firstRecent;

  /**
   * Choices among what others select.
   *
   * @param selections of each list, which are complete at {@link #choose}
   * @param budgets tokens that each list attends to
   * @param steps of each head's scores
   * @param offsets of each head's estimates
   */
  TailChoice(
      LayerPlan.Sparse plan,
      ModelShape shape,
      TailStep tail,
      SelectSmallest[] selections,
      int[] budgets,
      float[] steps,
      float[] offsets) {
    this.tail = tail;
    this.selections = selections;
    this.budgets = budgets;
    this.steps = steps;
    this.offsets = offsets;
    shared = plan.groupRule() == LayerPlan.GroupRule.SHARED;
    group = shape.groupSize();
    chosen = new int[group][0];
    chosenCount = new int[group];
    tier = new int[group][0];
    tierCount = new int[group];
    int dim = plan.pipeline().transform().outputDim(shape.headDim());
    refined =
        SparsePlans.tail(plan)
            .flatMap(Tail.PageMeans::residual)
            .filter(Tail.Residual::refinesKeys)
            .map(residual -> new RefinedScores(plan.pipeline().distance(), residual, dim, group));
  }

  /** Takes a head's transformed query. */
  void query(int head, MemorySegment transformed) {
    refined.ifPresent(r -> r.query(head, transformed, steps[head]));
  }

  /** Tokens that a list attends to. */
  int[] tokens(int list) {
    return chosen[list];
  }

  /** How many these are. */
  int count(int list) {
    return chosenCount[list];
  }

  /**
   * Chooses for all lists of a row, weighs what is not attended to and adds up its value codes.
   *
   * @param sinks first tokens that are always attended to
   * @param firstRecent the first of the last ones that are
   * @param together heads that share a list
   * @return bytes of codes that are read
   */
  long choose(
      TailIndex index,
      int kvHead,
      int visible,
      int sinks,
      int firstRecent,
      int lists,
      int together) {
    this.sinks = sinks;
    this.firstRecent = firstRecent;
    long bytes =
        refined.isPresent()
            ? chooseRefined(refined.get(), index, kvHead, visible, lists, together)
            : choose(index, visible, lists, together);
    tail.addResiduals(index, tier, tierCount, lists, together);
    return bytes;
  }

  private long choose(TailIndex index, int visible, int lists, int together) {
    long bytes = 0;
    int most = 0;
    for (int list = 0; list < lists; list++) {
      int budget = budgets[list];
      int found = selections[list].size();
      if (chosen[list].length < budget + Lanes.L) {
        chosen[list] = new int[Lanes.roundUp(budget + Lanes.L, CHUNK)];
      }
      if (tier[list].length < found + Lanes.L) {
        tier[list] = new int[Lanes.roundUp(found + Lanes.L, CHUNK)];
      }
      chosenCount[list] = selections[list].split(budget, chosen[list], tier[list]);
      tierCount[list] = found - chosenCount[list];
      most = Math.max(most, found);
      bytes += (long) tierCount[list] * index.values().codeBytes();
    }
    tail.weights().reserveTier(most);
    int forced = sinks + visible - firstRecent;
    for (int head = 0; head < lists * together; head++) {
      int list = head / together;
      tail.weights()
          .weigh(
              head,
              chosen[list],
              chosenCount[list],
              tier[list],
              tierCount[list],
              !shared && forced <= budgets[list],
              steps[head],
              offsets[head]);
    }
    return bytes;
  }

  /**
   * Chooses once more among what was selected, which are candidates for the selection and the
   * second tier; in {@link #tier} are all of them.
   */
  private long chooseRefined(
      RefinedScores refined, TailIndex index, int kvHead, int visible, int lists, int together) {
    long bytes = 0;
    int most = 0;
    for (int list = 0; list < lists; list++) {
      tierCount[list] = selections[list].finish();
      tier[list] = selections[list].positions();
      most = Math.max(most, tierCount[list]);
    }
    int pitch = Lanes.roundUp(most, CHUNK);
    if (refinedRanks.length < pitch) {
      refinedRanks = new float[pitch];
      refinedScores = new float[group * pitch];
      candidateScores = new float[refinedScores.length];
    }
    tail.weights().reserveTier(most);
    for (int list = 0; list < lists; list++) {
      int count = tierCount[list];
      refined
          .codes()
          .read(index, index.keys(), kvHead, MemorySegment.NULL, visible, tier[list], count);
      int first = list * together;
      for (int head = first; head < first + together; head++) {
        tail.weights().take(head, tier[list], count, candidateScores, head * pitch);
        refined.score(head, candidateScores, head * pitch, refinedScores);
      }
      float rank = shared ? worst(list, first, together, pitch) : Float.POSITIVE_INFINITY;
      boolean ranked = sinks + visible - firstRecent <= budgets[list];
      chooseAgain(list, first, together, pitch);
      for (int head = first; head < first + together; head++) {
        tail.weights()
            .weighRefined(
                head,
                tier[list],
                count,
                candidateScores,
                refinedScores,
                head * pitch,
                ranked ? rank / steps[head] : Float.NEGATIVE_INFINITY,
                steps[head],
                offsets[head]);
      }
      bytes += (long) count * index.keys().codeBytes();
      bytes += (long) (count - chosenCount[list]) * index.values().codeBytes();
    }
    return bytes;
  }

  /** What candidates of a shared list rank at least, but for those that are always attended to. */
  private float worst(int list, int firstHead, int together, int pitch) {
    int at = firstHead * pitch;
    int count = tierCount[list];
    RowScores.combine(candidateScores, at, pitch, count, together, steps, refinedRanks, 0);
    float worst = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      if (tier[list][i] >= sinks && tier[list][i] < firstRecent) {
        worst = Math.max(worst, refinedRanks[i]);
      }
    }
    return worst;
  }

  /** Selects the best candidates of a list, and leaves them without a refined score. */
  private void chooseAgain(int list, int firstHead, int together, int pitch) {
    int count = tierCount[list];
    int[] candidates = tier[list];
    int at = firstHead * pitch;
    if (shared) {
      RowScores.combine(refinedScores, at, pitch, count, together, steps, refinedRanks, 0);
    } else {
      System.arraycopy(refinedScores, at, refinedRanks, 0, count);
    }
    int budget = Math.min(budgets[list], count);
    for (int i = 0; i < count && candidates[i] < sinks; i++) {
      refinedRanks[i] = Float.NEGATIVE_INFINITY;
    }
    for (int i = count - 1; i >= 0 && candidates[i] >= firstRecent; i--) {
      refinedRanks[i] = Float.NEGATIVE_INFINITY;
    }
    second.begin(budget, Float.POSITIVE_INFINITY);
    for (int i = 0; i < count; i += CHUNK) {
      second.offer(refinedRanks, i, Math.min(CHUNK, count - i), i);
    }
    int found = second.finish();
    if (chosen[list].length < found) {
      chosen[list] = new int[Lanes.roundUp(found, CHUNK)];
    }
    for (int i = 0; i < found; i++) {
      int candidate = second.positions()[i];
      chosen[list][i] = candidates[candidate];
      for (int head = 0; head < together; head++) {
        refinedScores[at + head * pitch + candidate] = Float.POSITIVE_INFINITY;
        candidateScores[at + head * pitch + candidate] = Float.POSITIVE_INFINITY;
      }
    }
    chosenCount[list] = found;
  }
}
