package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
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

  private final byte[] rows;
  private final int columns;
  private final int rowsPerColumn;

  /** Rows {@code [heads][columns][rowsPerColumn]}. */
  PlaneQueries(int heads, int columns, int rowsPerColumn) {
    this.columns = columns;
    this.rowsPerColumn = rowsPerColumn;
    rows = new byte[heads * columns * rowsPerColumn * LANES];
  }

  byte[] rows() {
    return rows;
  }

  void set(int head, int column, int row, int bits) {
    int at = ((head * columns + column) * rowsPerColumn + row) * LANES;
    Arrays.fill(rows, at, at + LANES, (byte) bits);
  }

  /** Byte {@code at} of a prepared query. */
  static int bits(MemorySegment prepared, int at) {
    return prepared.get(ValueLayout.JAVA_BYTE, at);
  }

  /** A row of 8 coordinates of a query. */
  static ByteVector row(byte[] rows, int at) {
    return ByteVector.fromArray(CodePlanes.B, rows, at);
  }

  /** A row of 8 coordinates of codes. */
  static ByteVector row(MemorySegment segment, int at) {
    return ByteVector.fromMemorySegment(CodePlanes.B, segment, at, ByteOrder.LITTLE_ENDIAN);
  }
}
