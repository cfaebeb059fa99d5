package dev.adamas.backend.scalar;

import java.lang.foreign.MemorySegment;

/** Positions of tokens, ascending, in an array that only grows. */
final class TokenList {

  private int[] tokens = new int[0];
  private MemorySegment segment = MemorySegment.ofArray(tokens);
  private int count;

  /** Forgets the tokens and makes room for {@code size} others. */
  void clear(int size) {
    if (tokens.length < size) {
      tokens = new int[size];
      segment = MemorySegment.ofArray(tokens);
    }
    count = 0;
  }

  void add(int token) {
    tokens[count++] = token;
  }

  int count() {
    return count;
  }

  int get(int i) {
    return tokens[i];
  }

  /** The tokens as int32. */
  MemorySegment segment() {
    return segment;
  }
}
