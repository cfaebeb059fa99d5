package dev.adamas.backend.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;

/**
 * Queries against {@link CodePlanes}: rows of bits, each byte repeated in every lane of a vector,
 * because a load is cheaper than a broadcast.
 */
final class PlaneQueries {

  /**
   * Columns of a group: kernels loop over groups, and over the columns of one in a loop of constant
   * length on slices of constant size, which leaves no range check inside.
   */
  static final int GROUP = 8;

  private static final int LANES = CodePlanes.LANES;

  private final MemorySegment rows;
  private final int columns;
  private final int rowsPerColumn;

  /** Rows {@code [heads][columns][rowsPerColumn]}. */
  PlaneQueries(int heads, int columns, int rowsPerColumn) {
    this.columns = columns;
    this.rowsPerColumn = rowsPerColumn;
    rows = Arena.ofAuto().allocate((long) heads * columns * rowsPerColumn * LANES, 64);
  }

  MemorySegment segment() {
    return rows;
  }

  void set(int head, int column, int row, int bits) {
    long at = (((long) head * columns + column) * rowsPerColumn + row) * LANES;
    ByteVector.broadcast(CodePlanes.B, (byte) bits)
        .intoMemorySegment(rows, at, ByteOrder.LITTLE_ENDIAN);
  }

  /** Byte {@code at} of a prepared query. */
  static int bits(MemorySegment prepared, int at) {
    return prepared.get(ValueLayout.JAVA_BYTE, at);
  }

  /** A row of 8 coordinates, of codes or of a query. */
  static ByteVector row(MemorySegment segment, int at) {
    return ByteVector.fromMemorySegment(CodePlanes.B, segment, at, ByteOrder.LITTLE_ENDIAN);
  }
}
