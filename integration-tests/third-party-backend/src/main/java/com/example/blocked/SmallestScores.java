package com.example.blocked;

import java.util.Arrays;

/**
 * What {@code top-k@1} selects: the positions of the smallest scores, ascending; ties go to the
 * lowest position, NaN comes last. A heap of the best so far, whose root is the worst of them: most
 * scores are compared with the root and forgotten.
 */
final class SmallestScores {

  private long[] heap = new long[0];
  private int[] positions = new int[0];
  private int size;

  /** Selects {@code budget} of {@code count} scores, fewer than all. */
  void select(float[] scores, int count, int budget) {
    if (heap.length < budget) {
      heap = new long[budget];
      positions = new int[budget];
    }
    size = budget;
    for (int i = 0; i < budget; i++) {
      heap[i] = rank(scores[i], i);
    }
    for (int i = budget / 2 - 1; i >= 0; i--) {
      sink(i);
    }
    for (int i = budget; i < count; i++) {
      long rank = rank(scores[i], i);
      if (rank < heap[0]) {
        heap[0] = rank;
        sink(0);
      }
    }
    for (int i = 0; i < budget; i++) {
      positions[i] = (int) heap[i];
    }
    Arrays.sort(positions, 0, budget);
  }

  /** The selected positions, the first {@link #size}. */
  int[] positions() {
    return positions;
  }

  int size() {
    return size;
  }

  private void sink(int start) {
    int at = start;
    long moved = heap[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[child] <= moved) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moved;
  }

  /** Ascends by score, NaN last, -0 like 0, then by position, which is the low word. */
  private static long rank(float score, int position) {
    int bits = Float.floatToIntBits(score + 0.0f);
    return ((long) (bits ^ ((bits >> 31) & Integer.MAX_VALUE)) << 32) | position;
  }
}
