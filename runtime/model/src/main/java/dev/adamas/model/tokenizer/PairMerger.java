package dev.adamas.model.tokenizer;

import java.util.Arrays;

/**
 * Joins neighbouring symbols of a sequence, best pair first, until no pair can be joined: the core
 * of BPE and SentencePiece alike. Symbols are a linked list over the positions they began at, and
 * candidates wait in a heap, so that n symbols take O(n log n) however they merge.
 *
 * <p>For one thread; reused from word to word.
 */
abstract class PairMerger {
  /** The rank of a pair that cannot be joined. */
  static final int NEVER = Integer.MAX_VALUE;

  private static final int NONE = -1;

  private int[] previous = new int[0];
  private int[] next = new int[0];

  /** The rank of the pair that begins at a position now; a queue entry with another is stale. */
  private int[] ranks = new int[0];

  private final MergeQueue queue = new MergeQueue(64);

  /** The rank of joining two neighbours, smaller first, or {@link #NEVER}. */
  abstract int rank(int left, int right);

  /** Makes the symbol at {@code left} the union of both. */
  abstract void join(int left, int right);

  /** Merges the symbols at positions 0 to {@code count} - 1. */
  final void merge(int count) {
    if (count > next.length) {
      int capacity = Math.max(count, 2 * next.length);
      previous = new int[capacity];
      next = new int[capacity];
      ranks = new int[capacity];
    }
    Arrays.fill(ranks, 0, count, NEVER);
    for (int i = 0; i < count; i++) {
      previous[i] = i - 1;
      next[i] = i + 1 < count ? i + 1 : NONE;
    }
    for (int i = 0; i + 1 < count; i++) {
      offer(i);
    }
    while (!queue.isEmpty()) {
      long key = queue.poll();
      int left = MergeQueue.position(key);
      if (ranks[left] == MergeQueue.rank(key)) {
        joinAt(left);
      }
    }
  }

  /** The position of the symbol after the one at {@code i}, or -1. */
  final int next(int i) {
    return next[i];
  }

  private void joinAt(int left) {
    int right = next[left];
    join(left, right);
    ranks[right] = NEVER;
    next[left] = next[right];
    if (next[left] != NONE) {
      previous[next[left]] = left;
    }
    offer(left);
    if (previous[left] != NONE) {
      offer(previous[left]);
    }
  }

  private void offer(int left) {
    int rank = next[left] == NONE ? NEVER : rank(left, next[left]);
    ranks[left] = rank;
    if (rank != NEVER) {
      queue.add(rank, left);
    }
  }
}
