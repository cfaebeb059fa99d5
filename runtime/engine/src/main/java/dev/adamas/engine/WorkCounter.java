package dev.adamas.engine;

/** Counts {@link SessionStatistics.Work} in place, so that a step allocates nothing. */
final class WorkCounter {

  private long steps;
  private long rows;
  private long visibleTokens;
  private long kvBytes;
  private long indexBytes;
  private long attentionNanos;
  private long indexNanos;

  void clear() {
    steps = 0;
    rows = 0;
    visibleTokens = 0;
    kvBytes = 0;
    indexBytes = 0;
    attentionNanos = 0;
    indexNanos = 0;
  }

  void step(int queryRows) {
    steps++;
    rows += queryRows;
  }

  void read(long visible, long kv, long index) {
    visibleTokens += visible;
    kvBytes += kv;
    indexBytes += index;
  }

  void time(long attention, long index) {
    attentionNanos += attention;
    indexNanos += index;
  }

  SessionStatistics.Work snapshot() {
    return new SessionStatistics.Work(
        steps, rows, visibleTokens, kvBytes, indexBytes, attentionNanos, indexNanos);
  }
}
