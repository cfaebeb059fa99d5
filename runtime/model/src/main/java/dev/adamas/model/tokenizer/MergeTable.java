package dev.adamas.model.tokenizer;

/** The merges of BPE: pairs of symbols, their rank, and the symbol they make. */
final class MergeTable {
  /** Open addressing; a key is the left symbol in the upper half and the right one + 1. */
  private final long[] keys;

  private final int[] ranks;
  private final int[] unions;

  MergeTable(int capacity) {
    int slots = Integer.highestOneBit(Math.max(4, capacity)) * 4;
    keys = new long[slots];
    ranks = new int[slots];
    unions = new int[capacity];
  }

  /** Adds a merge; where the pair has one already, that stays. */
  void add(int rank, int left, int right, int union) {
    int slot = slot(left, right);
    if (keys[slot] == 0) {
      keys[slot] = key(left, right);
      ranks[slot] = rank;
      unions[rank] = union;
    }
  }

  /** The rank of a pair, or {@link PairMerger#NEVER}. */
  int rank(int left, int right) {
    int slot = slot(left, right);
    return keys[slot] == 0 ? PairMerger.NEVER : ranks[slot];
  }

  /** The symbol that the merge of that rank makes. */
  int union(int rank) {
    return unions[rank];
  }

  private int slot(int left, int right) {
    long key = key(left, right);
    int mask = keys.length - 1;
    int slot = (int) ((key * 0x9e3779b97f4a7c15L) >>> 32) & mask;
    while (keys[slot] != 0 && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long key(int left, int right) {
    return ((long) left << 32) | (right + 1);
  }
}
