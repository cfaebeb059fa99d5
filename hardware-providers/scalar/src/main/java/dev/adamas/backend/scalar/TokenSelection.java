package dev.adamas.backend.scalar;

import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Selector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Which cached tokens a query row sees, and which of the others make the second tier. */
final class TokenSelection {

  private final ModelShape shape;
  private final TokenList tokens = new TokenList();
  private final TokenList secondTier = new TokenList();
  private final TokenList candidates = new TokenList();

  /** Where the tokens of the second tier are among the candidates. */
  private final TokenList tierCandidates = new TokenList();

  /** What codes are ranked by; forced ones have negative infinity. */
  private float[] ranking = new float[0];

  private MemorySegment rankingSegment = MemorySegment.ofArray(ranking);
  private float step;
  private int codes;

  // Of the plan, over these codes: those that are always selected, and how many are.
  private int sinkCodes;
  private int firstRecent;
  private int budget;

  private float[] rest = new float[0];
  private MemorySegment restSegment = MemorySegment.ofArray(rest);
  private int[] restTokens = new int[0];
  private MemorySegment ordinals = MemorySegment.ofArray(new int[0]);
  private long[] sorted = new long[0];

  TokenSelection(ModelShape shape) {
    this.shape = shape;
  }

  /** The selected tokens. */
  TokenList tokens() {
    return tokens;
  }

  /** The tokens after the selected ones, empty unless some were chosen. */
  TokenList secondTier() {
    return secondTier;
  }

  /** What {@link #chooseCandidates} chose. */
  TokenList candidates() {
    return candidates;
  }

  /** Where the second tier is among the candidates. */
  TokenList tierCandidates() {
    return tierCandidates;
  }

  /** Selects every visible token. */
  void all(int visible) {
    tokens.clear(visible);
    for (int token = 0; token < visible; token++) {
      tokens.add(token);
    }
  }

  /** Selects the first {@code sinks} and the last {@code recent} tokens, fewer than all. */
  void window(int visible, int sinks, int recent) {
    tokens.clear(sinks + recent);
    for (int i = 0; i < sinks; i++) {
      tokens.add(i);
    }
    for (int i = 0; i < recent; i++) {
      tokens.add(visible - recent + i);
    }
  }

  /**
   * Whether a row attends densely under a sparse plan: the budget covers what it sees, or the plan
   * cannot be calibrated yet. A top-p budget without a bound below what the row sees still selects.
   */
  static boolean isDense(
      LayerPlan.Sparse plan, int visible, ScalarIndex index, int calibrationLength) {
    boolean covered =
        !(plan.budget() instanceof Budget.TopP) && plan.budget().limit(visible) >= visible;
    boolean uncalibrated = plan.needsCalibration() && visible < calibrationLength;
    return covered || uncalibrated || !index.isEncoded();
  }

  /** Ranks tokens by the scores of one head. */
  void rank(LayerPlan.Sparse plan, CodeScores scores, int head, int visible) {
    reserve(scores.count());
    for (int code = 0; code < codes; code++) {
      ranking[code] = scores.score(head, code);
    }
    step = scores.step(head);
    force(plan, visible);
  }

  /** Ranks tokens by the best score of the group. */
  void rankShared(LayerPlan.Sparse plan, CodeScores scores, int visible) {
    reserve(scores.count());
    for (int code = 0; code < codes; code++) {
      ranking[code] = scores.best(code);
    }
    // The heads' steps are in the scores.
    step = 1;
    force(plan, visible);
  }

  /** Finds what is forced and how much is selected, and ranks what is forced first. */
  private void force(LayerPlan.Sparse plan, int visible) {
    int rowsPerCode = plan.pipeline().quantizer().rowsPerCode();
    sinkCodes = Math.min(codes, (int) (((long) plan.sinks() + rowsPerCode - 1) / rowsPerCode));
    firstRecent = plan.recent() == 0 ? codes : Math.max(0, visible - plan.recent()) / rowsPerCode;
    firstRecent = Math.max(firstRecent, sinkCodes);
    budget = Math.max(1, plan.budget().limit(visible) / rowsPerCode);
    if (plan.budget() instanceof Budget.TopP topP) {
      budget = Math.min(budget, codesOfMass(topP));
    }
    Arrays.fill(ranking, 0, sinkCodes, Float.NEGATIVE_INFINITY);
    Arrays.fill(ranking, firstRecent, codes, Float.NEGATIVE_INFINITY);
  }

  /** Selects the best of what was ranked. */
  void select(LayerPlan.Sparse plan, int visible) {
    int rowsPerCode = plan.pipeline().quantizer().rowsPerCode();
    int selected = choose(plan.pipeline().selector(), rankingSegment, codes, budget);
    tokens.clear((int) Math.min((long) selected * rowsPerCode, visible));
    for (int i = 0; i < selected; i++) {
      int first = ordinals.getAtIndex(Memory.INT, i) * rowsPerCode;
      int end = (int) Math.min(visible, (long) first + rowsPerCode);
      for (int token = first; token < end; token++) {
        tokens.add(token);
      }
    }
    secondTier.clear(0);
  }

  /**
   * Chooses the best of what was ranked, {@code more} than are selected in the end; each code is a
   * token's.
   */
  void chooseCandidates(Selector selector, int more) {
    int chosen =
        choose(selector, rankingSegment, codes, (int) Math.min(codes, (long) budget + more));
    candidates.clear(chosen);
    for (int i = 0; i < chosen; i++) {
      candidates.add(ordinals.getAtIndex(Memory.INT, i));
    }
  }

  /**
   * Selects the best candidates by the refined scores of a head; the others are the second tier.
   */
  void selectRefined(Selector selector, CodeScores scores, int head) {
    for (int i = 0; i < candidates.count(); i++) {
      rest[i] = scores.refined(head, i);
    }
    selectRefined(selector);
  }

  /** As {@link #selectRefined}, by the best refined score of the group. */
  void selectRefinedShared(Selector selector, CodeScores scores) {
    for (int i = 0; i < candidates.count(); i++) {
      rest[i] = scores.bestRefined(i);
    }
    selectRefined(selector);
  }

  private void selectRefined(Selector selector) {
    int n = candidates.count();
    for (int i = 0; i < n; i++) {
      int token = candidates.get(i);
      if (token < sinkCodes || token >= firstRecent) {
        rest[i] = Float.NEGATIVE_INFINITY;
      }
    }
    int selected = choose(selector, restSegment, n, budget);
    tokens.clear(selected);
    secondTier.clear(n - selected);
    tierCandidates.clear(n - selected);
    int next = 0;
    for (int i = 0; i < n; i++) {
      if (next < selected && ordinals.getAtIndex(Memory.INT, next) == i) {
        tokens.add(candidates.get(i));
        next++;
      } else {
        secondTier.add(candidates.get(i));
        tierCandidates.add(i);
      }
    }
  }

  /**
   * Chooses the next tokens after those just selected: the selector once more, over what the first
   * choice ranked by, without the tokens that it took. With {@code top-k} these are ranks {@code k
   * + 1} to {@code k + limit} of one order, ties by position.
   *
   * @param limit tokens at most; there may be fewer left
   */
  void selectSecondTier(Selector selector, int limit) {
    int left = codes - tokens.count();
    secondTier.clear(Math.min(limit, left));
    if (left == 0) {
      return;
    }
    int n = 0;
    int next = 0;
    for (int token = 0; token < codes; token++) {
      if (next < tokens.count() && tokens.get(next) == token) {
        next++;
      } else {
        rest[n] = ranking[token];
        restTokens[n++] = token;
      }
    }
    int selected = choose(selector, restSegment, n, limit);
    for (int i = 0; i < selected; i++) {
      secondTier.add(restTokens[ordinals.getAtIndex(Memory.INT, i)]);
    }
  }

  /**
   * Leaves the selector's choice in {@link #ordinals}. Selectors come from plugins; a wrong one
   * must not read outside the cache.
   */
  private int choose(Selector selector, MemorySegment scores, int count, int budget) {
    int most = Math.min(budget, count);
    int selected = selector.select(scores, count, budget, ordinals);
    boolean valid = selected >= 1 && selected <= most;
    int previous = -1;
    for (int i = 0; valid && i < selected; i++) {
      int ordinal = ordinals.getAtIndex(Memory.INT, i);
      valid = ordinal > previous && ordinal < count;
      previous = ordinal;
    }
    if (!valid) {
      throw new IllegalStateException(
          ("Selector %s must give 1 to %d ascending ordinals below %d and did not; use another"
                  + " selector.")
              .formatted(selector.spec(), most, count));
    }
    return selected;
  }

  /** The smallest number of codes that hold the mass, the forced ones at least. */
  private int codesOfMass(Budget.TopP budget) {
    float best = Float.POSITIVE_INFINITY;
    for (int code = 0; code < codes; code++) {
      best = Float.isNaN(ranking[code]) ? best : Math.min(best, ranking[code]);
    }
    float slope = Budget.TopP.slope(step, shape.softmaxScale());
    long total = 0;
    long held = 0;
    int forced = sinkCodes + codes - firstRecent;
    int free = 0;
    for (int code = 0; code < codes; code++) {
      int weight = Budget.TopP.weight((best - ranking[code]) * slope);
      total += weight;
      if (code < sinkCodes || code >= firstRecent) {
        held += weight;
      } else {
        sorted[free++] = rank(ranking[code], code);
      }
    }
    Arrays.sort(sorted, 0, free);
    int taken = 0;
    while (taken < free && !budget.holds(held, total)) {
      held += Budget.TopP.weight((best - ranking[(int) sorted[taken++]]) * slope);
    }
    return Math.max(1, forced + taken);
  }

  /** Ascends by score, NaN last, then by position; the low word is the position. */
  private static long rank(float score, int code) {
    int raw = Float.floatToIntBits(score + 0.0f);
    int ordered = raw ^ ((raw >> 31) & Integer.MAX_VALUE);
    return ((long) ordered << 32) | code;
  }

  private void reserve(int size) {
    codes = size;
    if (ranking.length < size) {
      ranking = new float[size];
      rankingSegment = MemorySegment.ofArray(ranking);
      rest = new float[size];
      restSegment = MemorySegment.ofArray(rest);
      restTokens = new int[size];
      ordinals = MemorySegment.ofArray(new int[size]);
      sorted = new long[size];
    }
  }
}
