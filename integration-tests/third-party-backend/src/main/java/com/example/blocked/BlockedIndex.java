package com.example.blocked;

import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Codes of one layer of one sequence in blocks of tokens. Within a block and KV head a coordinate's
 * codes lie side by side, so that a scan reads the coordinates that it needs and no others; the
 * scales follow.
 */
final class BlockedIndex implements SelectionIndex {

  /** Tokens of a block: a coordinate's codes fill four cache lines. */
  static final int BLOCK = 256;

  /** The kernel that opened it. */
  final BlockedKernel owner;

  int length;
  long generation;

  private final Arena arena;
  private final int kvHeads;
  private final int dim;
  private final List<MemorySegment> blocks = new ArrayList<>();

  /**
   * An empty index.
   *
   * @param dim coordinates of a key; 0 where the plan needs no codes
   */
  BlockedIndex(BlockedKernel owner, Arena arena, int kvHeads, int dim) {
    this.owner = owner;
    this.arena = arena;
    this.kvHeads = kvHeads;
    this.dim = dim;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public long bytes() {
    return dim == 0 ? 0 : (long) length * kvHeads * (dim + Int8.SCALE_BYTES);
  }

  /** Makes room for {@code tokens} tokens. */
  void reserve(int tokens) {
    while ((long) blocks.size() * BLOCK < tokens) {
      blocks.add(arena.allocate(kvHeads * headBytes(), Long.BYTES));
    }
  }

  private long headBytes() {
    return (long) BLOCK * (dim + Int8.SCALE_BYTES);
  }

  MemorySegment block(int block) {
    return blocks.get(block);
  }

  /** Where a head's codes of a coordinate begin in a block. */
  long codes(int head, int coordinate) {
    return head * headBytes() + (long) coordinate * BLOCK;
  }

  /** Where a head's scales begin in a block. */
  long scales(int head) {
    return codes(head, dim);
  }

  /** Refuses an index whose arena was closed. */
  void checkAlive() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("The index is closed; open another one.");
    }
  }
}
