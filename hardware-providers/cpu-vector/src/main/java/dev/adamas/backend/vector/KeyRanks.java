package dev.adamas.backend.vector;

import java.util.Arrays;

/**
 * The keys of given ranks among many: keys are counted in buckets by their distance from the
 * smallest, then the bucket that has a rank is looked into. One instance serves one worker.
 */
final class KeyRanks {

  /** More buckets take longer to clear and to go through than their keys to be told apart. */
  private static final int MOST_BITS = 9;

  private final int[] histogram = new int[1 << MOST_BITS];

  // Of the keys in the histogram: the smallest, and the size of a bucket as a power of two.
  private int least;
  private int shift;

  private int[] rest = {};

  /**
   * The last of the first keys: those are up to {@code key} as far as position {@code end}, and
   * smaller from there on.
   */
  static final class Bound {
    int key;
    int end;

    // Before the bucket is looked into: its keys, and the rank among them.
    private int least;
    int most;
    private int rank;
  }

  /** Counts keys: bucket b has those from {@code least + (b << shift)} on. */
  void count(int[] keys, int count) {
    least = keys[0];
    int most = keys[0];
    for (int i = 1; i < count; i++) {
      least = Math.min(least, keys[i]);
      most = Math.max(most, keys[i]);
    }
    long range = (long) most - least;
    // No more buckets than keys.
    int bits = Math.min(MOST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(count));
    shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(range) - bits);
    Arrays.fill(histogram, 0, (int) (range >>> shift) + 1, 0);
    for (int i = 0; i < count; i++) {
      histogram[(keys[i] - least) >>> shift]++;
    }
  }

  /** Finds the bucket that has a rank among the keys counted last. */
  void locate(Bound bound, int rank) {
    int bucket = 0;
    int left = rank;
    while (left > histogram[bucket]) {
      left -= histogram[bucket++];
    }
    bound.least = least + (bucket << shift);
    bound.most = (int) Math.min(Integer.MAX_VALUE, bound.least + (1L << shift) - 1);
    bound.rank = left;
  }

  /**
   * Looks into the bucket of a bound, by finer buckets, which takes the place of what was counted.
   */
  void resolve(Bound bound, int[] keys, int count) {
    if (rest.length < count + Lanes.L) {
      rest = new int[keys.length + Lanes.L];
    }
    int[] source = keys;
    int left = count;
    while (true) {
      left = SortKeys.pick(source, source, 0, left, bound.least - 1, bound.most, rest, 0);
      source = rest;
      if (bound.least == bound.most) {
        bound.key = bound.least;
        bound.end = left == bound.rank ? count : end(keys, bound.key, bound.rank);
        return;
      }
      count(source, left);
      locate(bound, bound.rank);
    }
  }

  /** The end of the first {@code count} keys that are equal to one. */
  private static int end(int[] keys, int key, int count) {
    int i = 0;
    for (int left = count; left > 0; i++) {
      left -= keys[i] == key ? 1 : 0;
    }
    return i;
  }
}
