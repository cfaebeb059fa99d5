package dev.adamas.backend.vector;

import java.util.Arrays;

/**
 * Selections from scores that are all at hand, some of whose codes are forced. One instance serves
 * one worker.
 */
final class SelectKept {

  private final float[] chunk = new float[SparseIndex.CHUNK];

  private float[] scores = {};
  private int at;
  private int codes;
  private int sinkCodes;
  private int firstRecent;

  /** The scores that the next selections are from, those of forced codes as they are. */
  void scores(float[] scores, int at, int codes, int sinkCodes, int firstRecent) {
    this.scores = scores;
    this.at = at;
    this.codes = codes;
    this.sinkCodes = sinkCodes;
    this.firstRecent = firstRecent;
  }

  /** Selects the best; the selection is complete and has not ended. */
  void select(int wanted, SelectSmallest selection) {
    if (Samples.pay(codes, wanted)) {
      selection.begin(wanted, sample(wanted, selection));
      offer(selection);
      if (selection.isComplete()) {
        return;
      }
      // The sample did not stand for the whole.
    }
    selection.begin(wanted, Float.POSITIVE_INFINITY);
    offer(selection);
  }

  /** A limit that somewhat more than are wanted should pass. */
  private float sample(int wanted, SelectSmallest selection) {
    int whole = codes / SparseIndex.BLOCK;
    int blocks = Samples.blocks(whole);
    for (int i = 0; i < blocks; i++) {
      int from = at + Samples.first(i, blocks, whole);
      System.arraycopy(scores, from, chunk, i * SparseIndex.BLOCK, SparseIndex.BLOCK);
    }
    int count = blocks * SparseIndex.BLOCK;
    return selection.quantile(chunk, 0, count, Samples.rank(count, codes, wanted));
  }

  /** Offers every code. */
  void offer(SelectSmallest selection) {
    for (int first = 0; first < codes; first += SparseIndex.CHUNK) {
      int count = Math.min(SparseIndex.CHUNK, codes - first);
      if (first >= sinkCodes && first + count <= firstRecent) {
        selection.offer(scores, at + first, count, first);
        continue;
      }
      System.arraycopy(scores, at + first, chunk, 0, count);
      int sinks = Math.clamp((long) sinkCodes - first, 0, count);
      int recent = Math.clamp((long) firstRecent - first, 0, count);
      Arrays.fill(chunk, 0, sinks, Float.NEGATIVE_INFINITY);
      Arrays.fill(chunk, recent, count, Float.NEGATIVE_INFINITY);
      selection.offer(chunk, 0, count, first);
    }
  }

  /** The smallest of the scores, ignoring NaN; positive infinity where there is none. */
  float best() {
    return CodeMass.best(scores, at, codes);
  }

  int codes() {
    return codes;
  }

  int forced() {
    return sinkCodes + codes - firstRecent;
  }

  /** The sum of the weights of all scores, {@link CodeMass#total}. */
  long total(float best, float slope, int[] lanes) {
    return CodeMass.total(scores, at, codes, best, slope, lanes);
  }

  /** The sum of the weights of forced codes. */
  long forcedTotal(float best, float slope, int[] lanes) {
    return CodeMass.total(scores, at, sinkCodes, best, slope, lanes)
        + CodeMass.total(scores, at + firstRecent, codes - firstRecent, best, slope, lanes);
  }
}
