package dev.adamas.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The query rows that attend together: whose they are, and where queries and outputs lie. A slot is
 * one session's. Allocates nothing once it has reached its size.
 */
final class StepRows {

  private int size;
  private Session[] sessions = new Session[0];
  private MemorySegment[] queries = new MemorySegment[0];
  private MemorySegment[] outputs = new MemorySegment[0];
  private int[] rows = new int[0];

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  /** Slots that there is room for now. */
  int capacity() {
    return rows.length;
  }

  boolean contains(Session session) {
    for (int i = 0; i < size; i++) {
      if (sessions[i] == session) {
        return true;
      }
    }
    return false;
  }

  /**
   * Adds a slot.
   *
   * @throws IllegalArgumentException where there are no rows, or where a segment is too short
   */
  void add(Session session, int rowCount, MemorySegment query, MemorySegment output) {
    if (rowCount < 1) {
      throw new IllegalArgumentException(
          "A session attends with at least 1 row, not " + rowCount + ".");
    }
    int heads = session.shape().queryHeads();
    long bytes = 4L * rowCount * heads * session.shape().headDim();
    session.checkBytes("queries", query, bytes, rowCount, heads);
    session.checkBytes("outputs", output, bytes, rowCount, heads);
    if (size == rows.length) {
      grow();
    }
    sessions[size] = session;
    rows[size] = rowCount;
    queries[size] = query;
    outputs[size] = output;
    size++;
  }

  private void grow() {
    int capacity = Math.max(1, 2 * size);
    sessions = Arrays.copyOf(sessions, capacity);
    queries = Arrays.copyOf(queries, capacity);
    outputs = Arrays.copyOf(outputs, capacity);
    rows = Arrays.copyOf(rows, capacity);
  }

  Session session(int slot) {
    return sessions[slot];
  }

  int rows(int slot) {
    return rows[slot];
  }

  MemorySegment query(int slot) {
    return queries[slot];
  }

  MemorySegment output(int slot) {
    return outputs[slot];
  }
}
