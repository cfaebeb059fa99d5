package dev.adamas.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code top-k@1} of one query head over scores that arrive block by block, ascending: exact, ties
 * to the lowest position, NaN last, -0 equal to 0.
 *
 * <p>Nearly all scores are above the k-th smallest. A limit, guessed from a sample or taken from
 * the best so far, lets one vector comparison pass over eight or sixteen of them; the few below it
 * are collected, and now and then cut to the best k. The limit only skips: scores that it lets
 * through needlessly cost time, and where it lets through fewer than k the caller offers all of
 * them again.
 */
final class SelectSmallest {

  private static final int MOST_BITS = 11;

  /** The key of positive infinity; only NaN has a larger one. */
  private static final int POSITIVE_INFINITY = 0x7f800000;

  /** Only AVX-512 moves lanes together in one instruction. */
  private static final boolean COMPRESSES = Lanes.L == 16;

  private static final IntVector LANES = IntVector.zero(Lanes.I).addIndex(1);

  private int k;
  private float limit;
  private int size;
  private int[] positions = {};
  private int[] keys = {};
  private int[] rest = {};
  private final int[] histogram = new int[1 << MOST_BITS];

  // Of the keys in the histogram: the smallest, and the size of a bucket as a power of two.
  private int least;
  private int shift;

  /** How many of the keys equal to the k-th smallest belong to the k. */
  private int ties;

  /**
   * Starts a selection.
   *
   * @param k how many are wanted, at least 1
   * @param limit scores above it are skipped; positive infinity skips none
   */
  void begin(int k, float limit) {
    this.k = k;
    this.limit = limit;
    size = 0;
    int capacity = k + 2 * SparseIndex.CHUNK;
    if (positions.length < capacity) {
      positions = new int[capacity];
      keys = new int[capacity];
    }
  }

  /** Whether enough scores passed the limit for the selection to be the right one. */
  boolean isComplete() {
    return size >= k;
  }

  /**
   * Offers scores of consecutive positions, at most a chunk.
   *
   * @param first position of the first; blocks arrive in ascending order
   */
  void offer(float[] scores, int at, int count, int first) {
    if (size + count > positions.length) {
      cut();
    }
    int whole = count - count % Lanes.L;
    collect(scores, at, whole, first);
    collectEach(scores, at + whole, count - whole, first + whole);
  }

  private void collect(float[] scores, int at, int count, int first) {
    size =
        COMPRESSES
            ? compress(scores, at, count, first, limit, keys, positions, size)
            : collectBits(scores, at, count, first);
  }

  /**
   * Without branches: what passes is moved together in a register and stored always. Each score
   * that passed cost a mispredicted branch before, 25 ns; this takes 2 ns for a vector of scores.
   *
   * @return the new size
   */
  private static int compress(
      float[] scores,
      int at,
      int count,
      int first,
      float limit,
      int[] keys,
      int[] positions,
      int size) {
    int to = size;
    for (int i = 0; i < count; i += Lanes.L) {
      // Minus zero plus zero is zero.
      FloatVector score = FloatVector.fromArray(Lanes.F, scores, at + i).add(0f);
      VectorMask<Integer> passes = score.compare(VectorOperators.GT, limit).not().cast(Lanes.I);
      IntVector raw = score.reinterpretAsInts();
      IntVector key =
          raw.lanewise(
              VectorOperators.XOR, raw.lanewise(VectorOperators.ASHR, 31).and(Integer.MAX_VALUE));
      key = key.blend(Integer.MAX_VALUE, score.test(VectorOperators.IS_NAN).cast(Lanes.I));
      key.compress(passes).intoArray(keys, to);
      LANES.add(first + i).compress(passes).intoArray(positions, to);
      to += passes.trueCount();
    }
    return to;
  }

  private int collectBits(float[] scores, int at, int count, int first) {
    for (int i = 0; i < count; i += Lanes.L) {
      // Written so that NaN passes. Masks as bits would take eight instructions more on AVX2.
      VectorMask<Float> above =
          FloatVector.fromArray(Lanes.F, scores, at + i).compare(VectorOperators.GT, limit);
      if (!above.allTrue()) {
        for (long bits = above.not().toLong(); bits != 0; bits &= bits - 1) {
          int lane = i + Long.numberOfTrailingZeros(bits);
          add(scores[at + lane], first + lane);
        }
      }
    }
    return size;
  }

  private void collectEach(float[] scores, int at, int count, int first) {
    for (int i = 0; i < count; i++) {
      if (!(scores[at + i] > limit)) {
        add(scores[at + i], first + i);
      }
    }
  }

  private void add(float score, int position) {
    keys[size] = key(score);
    positions[size++] = position;
  }

  /** A number whose order is that of scores. */
  private static int key(float score) {
    if (Float.isNaN(score)) {
      return Integer.MAX_VALUE;
    }
    int raw = Float.floatToRawIntBits(score + 0.0f);
    return raw ^ ((raw >> 31) & Integer.MAX_VALUE);
  }

  /** The score of a key; of both zeros, the positive one. */
  static float score(int key) {
    return Float.intBitsToFloat(key ^ ((key >> 31) & Integer.MAX_VALUE));
  }

  /** Keeps the best k of what was collected, in order, and lowers the limit to them. */
  private void cut() {
    if (size <= k) {
      return;
    }
    int last = smallest(keys, size, k);
    int left = ties;
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int key = keys[i];
      boolean tie = key == last;
      // Stored always and counted sometimes: a branch would often be mispredicted.
      keys[kept] = key;
      positions[kept] = positions[i];
      kept += key < last || (tie && left > 0) ? 1 : 0;
      left -= tie ? 1 : 0;
    }
    size = kept;
    // What ties with the worst of the k from now on comes too late.
    limit = Math.min(limit, Math.nextDown(score(last)));
  }

  /**
   * The {@code k}-th smallest key; leaves in {@link #ties} how many of those equal to it are among
   * the k smallest. Counts keys by their distance from the smallest in buckets, then looks into the
   * bucket that holds the k-th.
   */
  private int smallest(int[] from, int count, int k) {
    int[] source = from;
    int rank = k;
    while (true) {
      countBuckets(source, count);
      int bucket = 0;
      while (rank > histogram[bucket]) {
        rank -= histogram[bucket++];
      }
      if (shift == 0) {
        ties = rank;
        return least + bucket;
      }
      if (rest.length < count) {
        rest = new int[Math.max(count, from.length)];
      }
      int kept = 0;
      for (int i = 0; i < count; i++) {
        int key = source[i];
        rest[kept] = key;
        kept += (key - least) >>> shift == bucket ? 1 : 0;
      }
      source = rest;
      count = kept;
    }
  }

  /** Fills the histogram: bucket b has the keys from {@code least + (b << shift)} on. */
  private void countBuckets(int[] source, int count) {
    least = source[0];
    int most = source[0];
    for (int i = 1; i < count; i++) {
      least = Math.min(least, source[i]);
      most = Math.max(most, source[i]);
    }
    long range = (long) most - least;
    // As many buckets as keys: more would take longer to clear than they save.
    int bits = Math.min(MOST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(count));
    shift = Math.max(0, Long.SIZE - Long.numberOfLeadingZeros(range) - bits);
    Arrays.fill(histogram, 0, (int) (range >>> shift) + 1, 0);
    for (int i = 0; i < count; i++) {
      histogram[(source[i] - least) >>> shift]++;
    }
  }

  /**
   * A limit for which at least {@code rank} of some scores pass, and hardly more: the end of the
   * bucket that holds the {@code rank}-th smallest.
   *
   * @param rank from 1 to {@code count}
   */
  float quantile(float[] scores, int at, int count, int rank) {
    if (keys.length < count) {
      keys = new int[count];
      positions = new int[count];
    }
    for (int i = 0; i < count; i++) {
      keys[i] = key(scores[at + i]);
    }
    countBuckets(keys, count);
    int bucket = 0;
    for (int left = rank; left > histogram[bucket]; bucket++) {
      left -= histogram[bucket];
    }
    long end = least + ((long) (bucket + 1) << shift) - 1;
    return end >= POSITIVE_INFINITY ? Float.POSITIVE_INFINITY : score((int) end);
  }

  /** Ends a complete selection: exactly k positions, ascending. */
  int finish() {
    cut();
    return size;
  }

  /**
   * Splits what {@link #finish} found: the first {@code first} by rank from the others, each
   * ascending.
   *
   * @param first at least 1
   * @param best room for {@code first}, written
   * @param others room for what is left, written
   * @return how many are in {@code best}; the rest of the selection is in {@code others}
   */
  int split(int first, int[] best, int[] others) {
    if (size <= first) {
      System.arraycopy(positions, 0, best, 0, size);
      return size;
    }
    int last = smallest(keys, size, first);
    int left = ties;
    int taken = 0;
    for (int i = 0; i < size; i++) {
      int key = keys[i];
      if (key < last || (key == last && left-- > 0)) {
        best[taken++] = positions[i];
      } else {
        others[i - taken] = positions[i];
      }
    }
    return taken;
  }

  /** Keeps the best {@code first} of a selection that has ended, in order. */
  void keep(int first) {
    k = first;
    cut();
  }

  /** Keys of the positions found: their order is that of scores. */
  int[] keys() {
    return keys;
  }

  /** The positions found, valid after {@link #finish} until the next {@link #begin}. */
  int[] positions() {
    return positions;
  }
}
