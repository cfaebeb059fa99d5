package dev.adamas.backend.scalar;

import dev.adamas.api.Quantizer;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Codes of one layer of one sequence, in blocks of {@link #BLOCK} codes per KV head: growth adds a
 * block and copies nothing.
 *
 * <p>A truncated sequence keeps its blocks for the tokens that follow.
 */
final class ScalarIndex implements SelectionIndex {

  /** Codes of a block and KV head: large enough for block-wise stages, small as slack. */
  static final int BLOCK = 256;

  /** The kernel that opened it. */
  final ScalarKernel owner;

  private final Arena arena;
  private final int kvHeads;
  private final int codeBytes;
  private final int rowsPerCode;
  private final List<MemorySegment> blocks = new ArrayList<>();

  /** The quantiser of each KV head; empty until the sequence reaches its calibration length. */
  List<Quantizer> quantizers = List.of();

  /** Tokens that the quantisers were calibrated on. */
  int calibratedOn;

  int length;
  long generation;

  /** An index without codes has {@code codeBytes} 0. */
  ScalarIndex(ScalarKernel owner, Arena arena, int kvHeads, int codeBytes, int rowsPerCode) {
    this.owner = owner;
    this.arena = arena;
    this.kvHeads = kvHeads;
    this.codeBytes = codeBytes;
    this.rowsPerCode = rowsPerCode;
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
    return isEncoded() ? (long) codes(length) * codeBytes * kvHeads : 0;
  }

  int codeBytes() {
    return codeBytes;
  }

  boolean isEncoded() {
    return !quantizers.isEmpty();
  }

  /** Codes that cover {@code tokens} tokens. */
  int codes(int tokens) {
    return (tokens + rowsPerCode - 1) / rowsPerCode;
  }

  /** Makes room for {@code codes} codes per KV head. */
  void reserve(int codes) {
    while ((long) blocks.size() * BLOCK < codes) {
      blocks.add(arena.allocate((long) kvHeads * BLOCK * codeBytes, Long.BYTES));
    }
  }

  /** Forgets codes and calibration. */
  void drop() {
    quantizers = List.of();
    calibratedOn = 0;
  }

  /** Codes {@code [BLOCK·block, BLOCK·(block+1))} of a KV head, from {@code first} on. */
  MemorySegment block(int head, int block, int first, int count) {
    return blocks
        .get(block)
        .asSlice(((long) head * BLOCK + first) * codeBytes, (long) count * codeBytes);
  }

  /** Throws where the arena was closed. */
  void checkAlive() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("The index is closed; open another one.");
    }
  }
}
