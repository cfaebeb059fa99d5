package dev.adamas.backend.scalar;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of equal size per KV head, in blocks: growth adds a block and copies nothing. Rows of one
 * block and head lie side by side.
 */
final class CodeBlocks {

  private final Arena arena;
  private final int kvHeads;
  private final int rowBytes;
  private final int blockRows;
  private final List<MemorySegment> blocks = new ArrayList<>();

  CodeBlocks(Arena arena, int kvHeads, int rowBytes, int blockRows) {
    this.arena = arena;
    this.kvHeads = kvHeads;
    this.rowBytes = rowBytes;
    this.blockRows = blockRows;
  }

  int rowBytes() {
    return rowBytes;
  }

  /** Makes room for {@code rows} rows per KV head. */
  void reserve(int rows) {
    while ((long) blocks.size() * blockRows < rows) {
      blocks.add(arena.allocate((long) kvHeads * blockRows * rowBytes, Long.BYTES));
    }
  }

  /** Rows {@code [first, first + count)} of a KV head, all in one block. */
  MemorySegment rows(int head, int first, int count) {
    return blocks
        .get(first / blockRows)
        .asSlice(((long) head * blockRows + first % blockRows) * rowBytes, (long) count * rowBytes);
  }

  /** Copies rows {@code [first, first + count)} of a KV head from where they lie side by side. */
  void put(int head, int first, int count, MemorySegment source) {
    for (int row = first; row < first + count; ) {
      int n = Math.min(first + count - row, blockRows - row % blockRows);
      rows(head, row, n)
          .copyFrom(source.asSlice((long) (row - first) * rowBytes, (long) n * rowBytes));
      row += n;
    }
  }
}
