package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The part of an index that every kernel has: which tokens of which generation of the cache it
 * covers. Plans that attend without a search need no more.
 */
class TokenCounter implements SelectionIndex {

  private final MemorySegment.Scope scope;
  private int length;
  private long generation;

  TokenCounter(Arena arena) {
    scope = arena.scope();
    requireOpen();
  }

  @Override
  public final int length() {
    requireOpen();
    return length;
  }

  @Override
  public final long generation() {
    requireOpen();
    return generation;
  }

  @Override
  public long bytes() {
    requireOpen();
    return 0;
  }

  /** Refuses tokens that do not continue this index, or that the cache does not hold. */
  final void checkAppend(KvView cache, int from, int to) {
    requireOpen();
    if (from != length || (length > 0 && generation != cache.generation())) {
      throw new IllegalStateException(
          "Tokens from %d of generation %d cannot be appended to an index of %d tokens of generation %d; truncate it or open a new one."
              .formatted(from, cache.generation(), length, generation));
    }
    if (to < from || to > cache.length()) {
      throw new IllegalArgumentException(
          "Tokens [%d, %d) cannot be appended; the cache holds %d."
              .formatted(from, to, cache.length()));
    }
  }

  /** Records that the index covers the cache's first {@code tokens} tokens. */
  final void covers(KvView cache, int tokens) {
    length = tokens;
    generation = cache.generation();
  }

  /** Follows the cache's truncation to {@code tokens}; an index that covers fewer keeps them. */
  final void truncate(KvView cache, int tokens) {
    requireOpen();
    if (tokens < 0 || tokens > cache.length()) {
      throw new IllegalArgumentException(
          "An index cannot be truncated to %d tokens; the cache holds %d."
              .formatted(tokens, cache.length()));
    }
    covers(cache, Math.min(length, tokens));
  }

  /** Refuses an index that does not cover exactly what the cache holds. */
  final void checkCurrent(KvView cache) {
    requireOpen();
    if (length != cache.length() || generation != cache.generation()) {
      throw new IllegalStateException(
          "The index covers %d tokens of generation %d, the cache holds %d of generation %d; append or truncate first."
              .formatted(length, generation, cache.length(), cache.generation()));
    }
  }

  private void requireOpen() {
    if (!scope.isAlive()) {
      throw new IllegalStateException("The index's arena is closed; open a new index.");
    }
  }
}
