package dev.adamas.model.tokenizer;

import java.util.Arrays;
import java.util.Objects;

/**
 * Byte strings numbered from 0 in the order they were added, all in one array: a vocabulary of a
 * hundred thousand tokens takes a few megabytes and no objects, and a slice of a text is looked up
 * without a copy.
 */
final class ByteStringTable {
  private static final int ABSENT = -1;

  private byte[] bytes = new byte[1 << 12];
  private int[] ends = new int[1 << 8];
  private int size;
  private int longest;

  /** Open addressing; a slot is an id + 1, 0 is free. At most half full. */
  private int[] slots = new int[1 << 9];

  /**
   * Adds a string, also where it is there already: then lookups find the later one.
   *
   * @return its number
   */
  int add(byte[] text) {
    int start = append(text);
    int id = size - 1;
    if (2 * size > slots.length) {
      grow();
    }
    int slot = slot(slots, bytes, start, text.length);
    slots[slot] = id + 1;
    return id;
  }

  /** Adds a string that no lookup finds. */
  int addHidden(byte[] text) {
    append(text);
    return size - 1;
  }

  private int append(byte[] text) {
    int start = end(size);
    int end = Math.addExact(start, text.length);
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length + (bytes.length >> 1)));
    }
    System.arraycopy(text, 0, bytes, start, text.length);
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, 2 * size);
    }
    ends[size++] = end;
    longest = Math.max(longest, text.length);
    return start;
  }

  int size() {
    return size;
  }

  /** The length of the longest string. */
  int longest() {
    return longest;
  }

  byte[] get(int id) {
    Objects.checkIndex(id, size);
    return Arrays.copyOfRange(bytes, end(id), end(id + 1));
  }

  private int length(int id) {
    return end(id + 1) - end(id);
  }

  /** The number of the string that equals {@code text[from, to)}, or -1. */
  int find(byte[] text, int from, int to) {
    if (to - from > longest) {
      return ABSENT;
    }
    return slots[slot(slots, text, from, to - from)] - 1;
  }

  int find(byte[] text) {
    return find(text, 0, text.length);
  }

  /** The slot that holds the string, or the free one where it belongs. */
  private int slot(int[] table, byte[] text, int from, int length) {
    int mask = table.length - 1;
    int slot = hash(text, from, length) & mask;
    while (table[slot] != 0 && !matches(table[slot] - 1, text, from, length)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean matches(int id, byte[] text, int from, int length) {
    return Arrays.equals(bytes, end(id), end(id + 1), text, from, from + length);
  }

  private void grow() {
    int[] larger = new int[2 * slots.length];
    for (int value : slots) {
      if (value != 0) {
        larger[slot(larger, bytes, end(value - 1), length(value - 1))] = value;
      }
    }
    slots = larger;
  }

  private int end(int id) {
    return id == 0 ? 0 : ends[id - 1];
  }

  private static int hash(byte[] text, int from, int length) {
    int h = length;
    for (int i = from; i < from + length; i++) {
      h = 31 * h + text[i];
    }
    h *= 0x9e3779b9;
    return h ^ (h >>> 15);
  }
}
