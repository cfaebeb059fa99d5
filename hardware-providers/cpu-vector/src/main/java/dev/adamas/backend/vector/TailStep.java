package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The share of the tokens outside a selection in the attention of some query heads of one KV head;
 * the formula stands at {@link Tail.PageMeans}. One instance serves one worker.
 *
 * <p>A row goes through {@link #begin}, has its codes scored into {@link #scores}, goes through
 * {@link #weigh} or {@link #weighRefined} for each head once its selection is known, {@link
 * #addResiduals} and {@link #addPages} for all heads together, since they read the same memory, and
 * {@link #mix} for each head once it has attended to its selection.
 *
 * <p>Weights are relative to the largest estimate outside the selection; the exact part has its own
 * reference, and the two meet in double precision.
 */
final class TailStep {

  private static final int GROUP = EstimatedWeights.GROUP;
  private static final double LEAST_CORRECTION = 0.2;
  private static final double MOST_CORRECTION = 5;

  /** Powers of two that weights may lie below their reference; floats have 126. */
  private static final float NEAR = 40;

  private final Tail.PageMeans tail;
  private final int headDim;
  private final float logitScale;
  private final int groupsPerPage;
  private final ValueEncoder encoder;
  private final Optional<ResidualSums> residuals;

  /** Whether weights are corrected by refined estimates, before a head has attended. */
  private final boolean refines;

  /** Scores of every token, {@code [heads][pitch]}. */
  private float[] scores = {};

  private int pitch;

  private final Head[] heads;

  /** Weights of pages, {@code [heads][pages]}. */
  private float[] pageWeights = {};

  private int pagePitch;

  /** Weighted means, {@code [heads][headDim]} in the order of widened rows. */
  private final float[] pageSums;

  private float[] masses = {};
  private float[] lanes = {};
  private float[] few = {};

  /** Weights of the second tier, {@code [heads][tierPitch]}. */
  private float[] tierWeights = {};

  private int tierPitch;

  /** Decoded residuals of heads, {@code [heads][headDim]}. */
  private final float[] residualSums;

  private final float[] row;
  private NumberFormat format = NumberFormat.of(KvType.F16);

  // The row at hand.
  private int kvHead;
  private int visible;
  private byte[] ownCodes = {};
  private MemorySegment ownSegment = MemorySegment.ofArray(ownCodes);
  private int ownFrom;

  TailStep(Tail.PageMeans tail, ModelShape shape) {
    this.tail = tail;
    headDim = shape.headDim();
    logitScale = shape.softmaxScale() * Lanes.LOG2E;
    groupsPerPage = tail.pageTokens() / GROUP;
    encoder = new ValueEncoder(tail, headDim);
    int group = shape.groupSize();
    refines = tail.residual().map(Tail.Residual::refinesKeys).orElse(false);
    residuals = tail.residual().map(r -> new ResidualSums(r, headDim, group));
    heads = new Head[group];
    Arrays.setAll(heads, _ -> new Head());
    pageSums = new float[group * headDim];
    residualSums = new float[residuals.isPresent() ? group * headDim : 0];
    row = new float[headDim];
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

  ValueEncoder encoder() {
    return encoder;
  }

  /** Tokens of the second tier that a row may have. */
  int tier(int visible) {
    return tail.residual().map(r -> r.tokens().limit(visible)).orElse(0);
  }

  /**
   * Starts a row.
   *
   * @param length tokens of the index; a row that sees fewer may see a page as open that is
   *     complete in the index, and then codes its values for itself
   */
  void begin(KvView cache, TailIndex index, int kvHead, int visible, int length) {
    this.kvHead = kvHead;
    this.visible = visible;
    if (format.type() != cache.type()) {
      format = NumberFormat.of(cache.type());
    }
    // Whole vectors of groups, and a block that a scorer may write beyond the last code.
    int room = Lanes.roundUp(visible, GROUP * Lanes.L);
    if (pitch < room) {
      pitch = Lanes.roundUp(room + room / 8, GROUP * Lanes.L);
      scores = new float[heads.length * pitch];
      masses = new float[pitch / GROUP];
      lanes = new float[masses.length * Lanes.L];
    }
    ownFrom = visible;
    int pageTokens = tail.pageTokens();
    int start = visible / pageTokens * pageTokens;
    if (tail.residual().isPresent() && start < visible && start + pageTokens <= length) {
      ownFrom = start;
      int bytes = pageTokens * index.values().codeBytes();
      if (ownCodes.length < bytes) {
        ownCodes = new byte[bytes];
        ownSegment = MemorySegment.ofArray(ownCodes);
      }
      MemorySegment base = index.base(kvHead, start / pageTokens, visible);
      encoder.encode(cache, kvHead, start, visible, base, ownCodes);
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
    addTo(pageWeights, head * pagePitch, candidates, count, shift, tierWeights, to, pageScale());
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

  /**
   * As softmax weights do, those of pages make up for sixteen-bit rows that are too small by a
   * power of two.
   */
  private float pageScale() {
    return Math.scalb(1f, (int) format.weightExponent());
  }

  /** Weights of pages from those of groups; the open page's is the last. */
  private void addUp(Head h, int head, int own, float slope, float bias, double correction) {
    int groups = Lanes.roundUp(visible, GROUP * Lanes.L) / GROUP;
    EstimatedWeights.masses(scores, own, groups, slope, bias, lanes, masses, 0);
    int pages = reservePages();
    float scale = (float) (pageScale() * correction);
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

  /**
   * Adds up the value codes of all heads, which were weighed.
   *
   * @param tiers tokens of the second tier of each list; what else is among them weighs nothing
   * @param together heads that share a list
   */
  void addResiduals(TailIndex index, int[][] tiers, int[] counts, int lists, int together) {
    if (residuals.isEmpty()) {
      return;
    }
    ResidualSums sums = residuals.get();
    for (int list = 0; list < lists; list++) {
      if (counts[list] == 0) {
        continue;
      }
      sums.codes()
          .read(index, index.values(), kvHead, ownSegment, ownFrom, tiers[list], counts[list]);
      int head = list * together;
      sums.sum(tierWeights, head * tierPitch, tierPitch, together, residualSums, head * headDim);
    }
  }

  /** Adds weighted means for the first {@code count} heads, all of which were weighed. */
  void addPages(TailIndex index, KvView cache, int count, Scratch s) {
    s.forHeads(count, headDim);
    Arrays.fill(pageSums, 0, count * headDim, 0);
    int complete = visible / tail.pageTokens();
    boolean open = visible % tail.pageTokens() != 0;
    for (int first = 0; first < complete; first += TailIndex.MEANS) {
      int rows = Math.min(TailIndex.MEANS, complete - first);
      widen(index.means(first), index.meanAt(kvHead, first), rows * headDim, s.values);
      addRows(first, rows, count, s);
    }
    if (open) {
      MemorySegment base = index.base(kvHead, complete, visible);
      widen(base, 0, headDim, s.values);
      addRows(complete, 1, count, s);
    }
  }

  private void widen(MemorySegment source, long at, int numbers, float[] target) {
    if (format.type() == KvType.F32) {
      Widen.floats(source, at, numbers, target, 0);
    } else {
      Widen.halves(source, at, numbers, target, 0, format.shift(), format.mask());
    }
  }

  private void addRows(int page, int rows, int count, Scratch s) {
    for (int head = 0; head < count; ) {
      int together = count - head >= 4 ? 4 : count - head >= 2 ? 2 : 1;
      WeightedSum.add(
          together,
          s.values,
          headDim,
          rows,
          pageWeights,
          head * pagePitch + page,
          pagePitch,
          pageSums,
          head * headDim);
      head += together;
    }
  }

  /**
   * Mixes a head's tail into what it attended to.
   *
   * @param largest its largest exact logit, a power of two
   * @param total weights of its selected tokens relative to that, summed, as {@link Scratch} has it
   * @param output float32 {@code [headDim]} from byte {@code at} on: their weighted mean, replaced
   */
  void mix(int head, float largest, float total, MemorySegment output, long at) {
    Head h = heads[head];
    // Relative to the estimates' reference; beyond these powers the smaller part is nothing.
    double distance = largest - h.reference;
    if (h.others == 0 || distance > 1000) {
      return;
    }
    double exact =
        Math.scalb((double) total, (int) -format.weightExponent()) * Math.pow(2, distance);
    double correction = tail.correction() && !refines ? correction(exact, h.selected) : 1;
    double all = exact + correction * h.others;
    float scale = format.outputScale() / Math.scalb(1f, (int) format.weightExponent());
    format.restore(pageSums, head * headDim, headDim, scale, row);
    float exactShare = (float) (exact / all);
    float tailShare = (float) (correction / all);
    for (int j = 0; j < headDim; j++) {
      float value = row[j] + (h.tier > 0 ? residualSums[head * headDim + j] : 0);
      long to = at + (long) j * Float.BYTES;
      output.set(
          CacheRows.FLOAT, to, exactShare * output.get(CacheRows.FLOAT, to) + tailShare * value);
    }
  }

  private static double correction(double known, double estimated) {
    double ratio = known / estimated;
    return Double.isNaN(ratio) ? 1 : Math.clamp(ratio, LEAST_CORRECTION, MOST_CORRECTION);
  }
}
