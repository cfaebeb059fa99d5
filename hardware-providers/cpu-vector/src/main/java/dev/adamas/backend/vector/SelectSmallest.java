package dev.adamas.backend.vector;

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

  private static final IntVector LANES = IntVector.zero(Lanes.I).addIndex(1);

  private int k;
  private float limit;
  private int size;
  private int[] positions = {};

  /** Keys of the first {@code ordered} positions, bits of scores for the others. */
  private int[] keys = {};

  private int ordered;

  private final KeyRanks ranks = new KeyRanks();
  private final KeyRanks.Bound last = new KeyRanks.Bound();
  private final KeyRanks.Bound lastOfFirst = new KeyRanks.Bound();

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
    ordered = 0;
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
    size =
        SortKeys.COMPRESSES
            ? compress(scores, at, whole, first, limit, keys, positions, size)
            : collectBits(scores, at, whole, first);
    collectEach(scores, at + whole, count - whole, first + whole);
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
      int[] bits,
      int[] positions,
      int size) {
    int to = size;
    for (int i = 0; i < count; i += Lanes.L) {
      FloatVector score = FloatVector.fromArray(Lanes.F, scores, at + i);
      VectorMask<Integer> passes = score.compare(VectorOperators.GT, limit).not().cast(Lanes.I);
      score.reinterpretAsInts().compress(passes).intoArray(bits, to);
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
    keys[size] = Float.floatToRawIntBits(score);
    positions[size++] = position;
  }

  /** Keeps the best k of what was collected, in order, and lowers the limit to them. */
  private void cut() {
    order();
    if (size <= k) {
      return;
    }
    ranks.count(keys, size);
    ranks.locate(last, k);
    ranks.resolve(last, keys, size);
    SortKeys.pickFirst(keys, positions, size, last, positions);
    size = SortKeys.pickFirst(keys, keys, size, last, keys);
    ordered = size;
    // What ties with the worst of the k from now on comes too late.
    limit = Math.min(limit, Math.nextDown(SortKeys.score(last.key)));
  }

  private void order() {
    SortKeys.order(keys, ordered, size);
    ordered = size;
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
      keys[i] = Float.floatToRawIntBits(scores[at + i]);
    }
    SortKeys.order(keys, 0, count);
    ranks.count(keys, count);
    ranks.locate(last, rank);
    return SortKeys.score(Math.min(SortKeys.POSITIVE_INFINITY, last.most));
  }

  /** Ends a complete selection: exactly k positions, ascending. */
  int finish() {
    cut();
    return size;
  }

  /**
   * Ends a complete selection in two parts: the first {@code first} by rank and the others of the
   * k, each ascending.
   *
   * @param first at least 1
   * @param best room for {@code first} and a vector, written
   * @param others room for what is left of the k, and a vector, written
   * @return how many are in {@code best}; {@link #size} tells how many there are in all
   */
  int split(int first, int[] best, int[] others) {
    order();
    if (size <= first) {
      System.arraycopy(positions, 0, best, 0, size);
      return size;
    }
    ranks.count(keys, size);
    ranks.locate(lastOfFirst, first);
    ranks.locate(last, Math.min(k, size));
    ranks.resolve(lastOfFirst, keys, size);
    ranks.resolve(last, keys, size);
    SortKeys.pickBetween(keys, positions, size, lastOfFirst, last, others);
    return SortKeys.pickFirst(keys, positions, size, lastOfFirst, best);
  }

  /** How many a complete selection has. */
  int size() {
    return Math.min(k, size);
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
