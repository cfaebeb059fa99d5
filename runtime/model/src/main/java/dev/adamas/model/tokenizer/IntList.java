package dev.adamas.model.tokenizer;

import java.util.Arrays;

/** A growing array of integers. */
final class IntList {
  private int[] values;
  private int size;

  IntList(int capacity) {
    values = new int[Math.max(8, capacity)];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = value;
  }

  int size() {
    return size;
  }

  int get(int i) {
    return values[i];
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }

  /** The values from index {@code from} on. */
  int[] toArray(int from) {
    return Arrays.copyOfRange(values, from, size);
  }

  void addAll(int[] more) {
    if (size + more.length > values.length) {
      values = Arrays.copyOf(values, Math.max(size + more.length, size + (size >> 1)));
    }
    System.arraycopy(more, 0, values, size, more.length);
    size += more.length;
  }
}
