package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import java.util.Arrays;

/**
 * Selections whose size is a share of the estimated attention mass. One instance serves one worker.
 *
 * <p>The total decides which codes can matter: those that weigh less than {@code (1 - mass) · total
 * / codes} hold less than the rest together, so one comparison with a limit passes over them, and
 * no sample is needed. How many of the others are taken comes from their weights counted in buckets
 * by score. Reading all scores once more costs far less than attending to what is found.
 */
final class SelectMass {

  private static final int MOST_BITS = 10;

  /** In powers of two, for what the limit's rounding may be off. */
  private static final double MARGIN = 0.01;

  private final Budget.TopP budget;
  private final float softmaxScale;
  private final int[] lanes = new int[2 * Lanes.L];
  private final int[] counts = new int[1 << MOST_BITS];
  private final long[] masses = new long[1 << MOST_BITS];
  private int[] keys = {};
  private int[] weights = {};

  SelectMass(Budget.TopP budget, float softmaxScale) {
    this.budget = budget;
    this.softmaxScale = softmaxScale;
  }

  /**
   * Selects the codes that hold the mass, and those after them.
   *
   * @param scores of all codes, those of forced codes as they are
   * @param step the logit that a unit of score is worth before the softmax scale
   * @param most codes at most
   * @param more how many are selected beyond those that hold the mass
   * @param selection is left with the choice
   * @return how many of the choice hold the mass
   */
  int select(SelectKept scores, float step, int most, int more, SelectSmallest selection) {
    float best = scores.best();
    float slope = Budget.TopP.slope(step, softmaxScale);
    long total = scores.total(best, slope, lanes);
    long held = scores.forcedTotal(best, slope, lanes);
    selection.begin(most, limit(best, slope, total, scores.codes()));
    scores.offer(selection);
    int taken = selection.finish();
    int count = Math.min(most, Math.max(1, count(selection, taken, held, total, best, slope)));
    count = Math.max(count, Math.min(most, scores.forced()));
    int wanted = Math.min(scores.codes(), count + more);
    if (taken >= wanted) {
      selection.keep(wanted);
    } else {
      scores.select(wanted, selection);
    }
    return count;
  }

  /** A score above which codes cannot be among those that hold the mass. */
  private float limit(float best, float slope, long total, int codes) {
    double least = Math.max(1, (1 - budget.mass()) * total / codes);
    double powers = 30 - Math.log(least) / Math.log(2) + MARGIN;
    // Without weights no code holds more than another.
    return total > 0 ? Math.nextUp((float) (best + powers / slope)) : Float.POSITIVE_INFINITY;
  }

  /**
   * How many of the selected codes, by rank, hold the mass beside {@code held}; all of them where
   * they do not.
   */
  private int count(
      SelectSmallest selection, int taken, long held, long total, float best, float slope) {
    if (keys.length < taken) {
      keys = new int[Lanes.roundUp(taken, SparseIndex.CHUNK)];
      weights = new int[keys.length];
    }
    int size = taken;
    System.arraycopy(selection.keys(), 0, keys, 0, size);
    for (int i = 0; i < size; i++) {
      float score = SortKeys.score(keys[i]);
      // Forced codes are in {@code held}.
      weights[i] =
          score == Float.NEGATIVE_INFINITY ? 0 : Budget.TopP.weight((best - score) * slope);
    }
    int count = 0;
    while (!budget.holds(held, total)) {
      int least = keys[0];
      int largest = keys[0];
      for (int i = 1; i < size; i++) {
        least = Math.min(least, keys[i]);
        largest = Math.max(largest, keys[i]);
      }
      long range = (long) largest - least;
      int shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(range) - MOST_BITS);
      int buckets = (int) (range >>> shift) + 1;
      Arrays.fill(counts, 0, buckets, 0);
      Arrays.fill(masses, 0, buckets, 0);
      for (int i = 0; i < size; i++) {
        int bucket = (keys[i] - least) >>> shift;
        counts[bucket]++;
        masses[bucket] += weights[i];
      }
      int bucket = 0;
      while (bucket < buckets && !budget.holds(held + masses[bucket], total)) {
        held += masses[bucket];
        count += counts[bucket++];
      }
      if (bucket == buckets) {
        return count;
      }
      int kept = 0;
      for (int i = 0; i < size; i++) {
        boolean within = (keys[i] - least) >>> shift == bucket;
        keys[kept] = keys[i];
        weights[kept] = weights[i];
        kept += within ? 1 : 0;
      }
      size = kept;
      if (shift == 0) {
        // Equal scores weigh the same.
        for (int i = 0; !budget.holds(held, total); i++, count++) {
          held += weights[i];
        }
      }
    }
    return count;
  }
}
