package dev.adamas.backend.vector;

import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.util.Arrays;

/**
 * What the tokens outside a selection weigh, by their estimated logits: those of the second tier
 * one by one, the others by pages; the formula stands at {@link Tail.PageMeans}. One instance
 * serves one worker.
 *
 * <p>Weights are relative to the largest estimate outside the selection; the exact part has its own
 * reference, and the two meet in double precision.
 */
final class TailWeights {

  private static final int GROUP = EstimatedWeights.GROUP;
  private static final double LEAST_CORRECTION = 0.2;
  private static final double MOST_CORRECTION = 5;

  /** Powers of two that weights may lie below their reference; floats have 126. */
  private static final float NEAR = 40;

  private final Tail.PageMeans tail;
  private final float logitScale;
  private final int groupsPerPage;

  /** Whether weights are corrected by refined estimates, before a head has attended. */
  private final boolean refines;

  /** Scores of every token, {@code [heads][pitch]}. */
  private float[] scores = {};

  private int pitch;

  private final Head[] heads;

  /** Weights of pages, {@code [heads][pagePitch]}. */
  private float[] pageWeights = {};

  private int pagePitch;
  private float[] masses = {};
  private float[] lanes = {};
  private float[] few = {};

  /** Weights of the second tier, {@code [heads][tierPitch]}. */
  private float[] tierWeights = {};

  private int tierPitch;

  // The row at hand.
  private int visible;
  private float pageScale;

  // Of the head divided last.
  private float exactShare;
  private float tailShare;

  TailWeights(Tail.PageMeans tail, ModelShape shape) {
    this.tail = tail;
    logitScale = shape.softmaxScale() * Lanes.LOG2E;
    groupsPerPage = tail.pageTokens() / GROUP;
    refines = tail.residual().map(Tail.Residual::refinesKeys).orElse(false);
    heads = new Head[shape.groupSize()];
    Arrays.setAll(heads, _ -> new Head());
  }

  /** What is known of a head's tail before it has attended. */
  private static final class Head {
    /** Largest estimate outside the selection, a power of two. */
    double reference;

    /** Estimated weight of the selected tokens, and of the others. */
    double selected;

    double others;

    /** Value codes in the tier. */
    int tier;
  }

  /**
   * Starts a row.
   *
   * @param pageScale weights of pages are multiplied by this
   */
  void begin(int visible, float pageScale) {
    this.visible = visible;
    this.pageScale = pageScale;
    // Whole vectors of groups, and a block that a scorer may write beyond the last code.
    int room = Lanes.roundUp(visible, GROUP * Lanes.L);
    if (pitch < room) {
      pitch = Lanes.roundUp(room + room / 8, GROUP * Lanes.L);
      scores = new float[heads.length * pitch];
      masses = new float[pitch / GROUP];
      lanes = new float[masses.length * Lanes.L];
    }
  }

  /**
   * Where scores of every token are to be written between {@link #begin} and {@link #weigh}: a row
   * of {@link #pitch} for each head, with room for the block that the last token is in.
   */
  float[] scores() {
    return scores;
  }

  /** Distance of the rows of {@link #scores}. */
  int pitch() {
    return pitch;
  }

  /** Makes room for the second tiers of a row, none of them larger than this. */
  void reserveTier(int most) {
    if (tierPitch < most) {
      tierPitch = Lanes.roundUp(most, GROUP);
      tierWeights = new float[heads.length * tierPitch];
    }
    if (few.length < most) {
      few = new float[Lanes.roundUp(most, GROUP)];
    }
  }

  /**
   * Weighs the tokens of a head.
   *
   * @param selected tokens of the selection, ascending
   * @param tier tokens of the second tier
   * @param ranked whether no other token has a smaller score than the best of the tier
   * @param step of the head's scores
   * @param offset of the head's estimates
   */
  void weigh(
      int head,
      int[] selected,
      int selectedCount,
      int[] tier,
      int tierCount,
      boolean ranked,
      float step,
      float offset) {
    Head h = heads[head];
    int own = head * pitch;
    // Selected tokens are taken out of the scores; theirs are needed for the correction.
    take(head, selected, selectedCount, few, 0);
    float slope = step * logitScale;
    int padded = pad(own);
    int to = head * tierPitch;
    for (int i = 0; i < tierCount; i++) {
      tierWeights[to + i] = scores[own + tier[i]];
    }
    int tierEnd = to + Lanes.roundUp(tierCount, Lanes.L);
    Arrays.fill(tierWeights, to + tierCount, tierEnd, Float.POSITIVE_INFINITY);
    float least =
        ranked && tierCount > 0
            ? EstimatedWeights.smallest(tierWeights, to, tierEnd - to)
            : EstimatedWeights.smallest(scores, own, padded);
    if (isNothing(h, head, least, tierCount)) {
      return;
    }
    h.reference = (double) offset * logitScale - (double) slope * least;
    // Not from the rounded reference: what is left is exact where a score is the smallest.
    float bias = slope * least;
    h.selected = sum(few, selectedCount, slope, bias);
    addUp(h, head, own, slope, bias, 1);
    EstimatedWeights.weigh(tierWeights, to, tierCount, slope, bias);
  }

  /**
   * Weighs the tokens of a head whose second tier refines keys: its weights come from refined
   * scores, and are what the others are corrected by.
   *
   * @param candidates tokens of the selection and of the second tier, ascending
   * @param taken their scores from {@code from} on, which {@link #take} took out, overwritten
   * @param refined their refined scores from {@code from} on; in both, those of the selection are
   *     positive infinity, and there is room for whole vectors
   * @param bound no other token has a smaller score than both this and the smallest of these but
   *     those of the selection; negative infinity where that is not known
   */
  void weighRefined(
      int head,
      int[] candidates,
      int count,
      float[] taken,
      float[] refined,
      int from,
      float bound,
      float step,
      float offset) {
    Head h = heads[head];
    int own = head * pitch;
    int to = head * tierPitch;
    int whole = Lanes.roundUp(count, Lanes.L);
    Arrays.fill(taken, from + count, from + whole, Float.POSITIVE_INFINITY);
    Arrays.fill(refined, from + count, from + whole, Float.POSITIVE_INFINITY);
    System.arraycopy(refined, from, tierWeights, to, whole);
    float slope = step * logitScale;
    int padded = pad(own);
    float least = EstimatedWeights.smallest(taken, from, whole);
    // Where weights are relative to does not matter, as long as none is large nor all are nothing:
    // a bound spares a pass over all scores.
    boolean near = slope * (least - bound) < NEAR;
    least = Math.min(least, near ? bound : EstimatedWeights.smallest(scores, own, padded));
    least = Math.min(least, EstimatedWeights.smallest(refined, from, whole));
    if (isNothing(h, head, least, count)) {
      return;
    }
    h.reference = (double) offset * logitScale - (double) slope * least;
    float bias = slope * least;
    double refinedMass = EstimatedWeights.sum(tierWeights, to, count, slope, bias);
    double estimated = EstimatedWeights.sum(taken, from, count, slope, bias);
    double correction = tail.correction() ? correction(refinedMass, estimated) : 1;
    addUp(h, head, own, slope, bias, correction);
    int shift = Integer.numberOfTrailingZeros(tail.pageTokens());
    addTo(pageWeights, head * pagePitch, candidates, count, shift, tierWeights, to, pageScale);
    h.others += refinedMass;
  }

  /**
   * Takes tokens out of a head's scores, so that they weigh nothing there.
   *
   * @param taken their scores from {@code to} on, written
   */
  void take(int head, int[] tokens, int count, float[] taken, int to) {
    take(scores, head * pitch, tokens, count, taken, to);
  }

  private static void take(
      float[] scores, int own, int[] tokens, int count, float[] taken, int to) {
    for (int i = 0; i < count; i++) {
      int at = own + tokens[i];
      taken[to + i] = scores[at];
      scores[at] = Float.POSITIVE_INFINITY;
    }
  }

  private static void addTo(
      float[] pages,
      int at,
      int[] tokens,
      int count,
      int shift,
      float[] weights,
      int from,
      float scale) {
    for (int i = 0; i < count; i++) {
      pages[at + (tokens[i] >>> shift)] += weights[from + i] * scale;
    }
  }

  /** Lets tokens beyond the last weigh nothing; how many scores there are with them. */
  private int pad(int own) {
    int padded = Lanes.roundUp(visible, GROUP * Lanes.L);
    Arrays.fill(scores, own + visible, own + padded, Float.POSITIVE_INFINITY);
    return padded;
  }

  /** Whether everything is selected, or what is not weighs nothing. */
  private boolean isNothing(Head h, int head, float least, int tierCount) {
    h.tier = tierCount;
    h.others = 0;
    int pages = reservePages();
    boolean nothing = least == Float.POSITIVE_INFINITY;
    if (nothing) {
      Arrays.fill(pageWeights, head * pagePitch, head * pagePitch + pages, 0);
      Arrays.fill(tierWeights, head * tierPitch, head * tierPitch + tierCount, 0);
    }
    return nothing;
  }

  private static double sum(float[] scores, int count, float slope, float bias) {
    Arrays.fill(scores, count, Lanes.roundUp(count, Lanes.L), Float.POSITIVE_INFINITY);
    return EstimatedWeights.sum(scores, 0, count, slope, bias);
  }

  private int reservePages() {
    int pages = (visible + tail.pageTokens() - 1) / tail.pageTokens();
    if (pagePitch < pages) {
      pagePitch = Lanes.roundUp(pages + pages / 8, TailIndex.MEANS);
      pageWeights = new float[heads.length * pagePitch];
    }
    return pages;
  }

  /** Weights of pages from those of groups; the open page's is the last. */
  private void addUp(Head h, int head, int own, float slope, float bias, double correction) {
    int groups = Lanes.roundUp(visible, GROUP * Lanes.L) / GROUP;
    EstimatedWeights.masses(scores, own, groups, slope, bias, lanes, masses, 0);
    int pages = reservePages();
    float scale = (float) (pageScale * correction);
    double all = 0;
    for (int page = 0; page < pages; page++) {
      float mass = 0;
      for (int g = 0; g < groupsPerPage; g++) {
        mass += masses[page * groupsPerPage + g];
      }
      pageWeights[head * pagePitch + page] = mass * scale;
      all += mass;
    }
    h.others = all * correction;
  }

  /** Weights of the second tier, {@code [heads][tierPitch]}. */
  float[] tier() {
    return tierWeights;
  }

  /** Distance of the rows of {@link #tier}. */
  int tierPitch() {
    return tierPitch;
  }

  /** Weights of pages, {@code [heads][pagePitch]}. */
  float[] pages() {
    return pageWeights;
  }

  /** Distance of the rows of {@link #pages}. */
  int pagePitch() {
    return pagePitch;
  }

  /** Whether a head has a second tier. */
  boolean hasTier(int head) {
    return heads[head].tier > 0;
  }

  /**
   * Divides a head's output between what it attended to and its tail.
   *
   * @param largest the largest exact logit, a power of two
   * @param total the weights of the selected tokens relative to that, summed
   * @return whether the tail has a share; then {@link #exactShare} is what the selected tokens'
   *     mean is multiplied by, and {@link #tailShare} the tail's weighted sum
   */
  boolean divide(int head, float largest, double total) {
    Head h = heads[head];
    // Relative to the estimates' reference; beyond these powers the smaller part is nothing.
    double distance = largest - h.reference;
    if (h.others == 0 || distance > 1000) {
      return false;
    }
    double exact = total * Math.pow(2, distance);
    double correction = tail.correction() && !refines ? correction(exact, h.selected) : 1;
    double all = exact + correction * h.others;
    exactShare = (float) (exact / all);
    tailShare = (float) (correction / all);
    return true;
  }

  float exactShare() {
    return exactShare;
  }

  float tailShare() {
    return tailShare;
  }

  private static double correction(double known, double estimated) {
    double ratio = known / estimated;
    return Double.isNaN(ratio) ? 1 : Math.clamp(ratio, LEAST_CORRECTION, MOST_CORRECTION);
  }
}
