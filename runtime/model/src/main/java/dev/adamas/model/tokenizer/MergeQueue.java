package dev.adamas.model.tokenizer;

import java.util.Arrays;

/**
 * A binary heap of long keys, smallest first. A key is the rank of a merge in its upper half and
 * the position of the left symbol in its lower one, so that equal ranks go from left to right.
 */
final class MergeQueue {
  private long[] heap;
  private int size;

  MergeQueue(int capacity) {
    heap = new long[Math.max(16, capacity)];
  }

  boolean isEmpty() {
    return size == 0;
  }

  void add(int rank, int position) {
    long key = ((long) rank << 32) | position;
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (heap[parent] <= key) {
        break;
      }
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = key;
  }

  /** Removes and returns the smallest key; not to be called when empty. */
  long poll() {
    long result = heap[0];
    long last = heap[--size];
    int i = 0;
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return result;
  }

  static int rank(long key) {
    return (int) (key >> 32);
  }

  static int position(long key) {
    return (int) key;
  }
}
