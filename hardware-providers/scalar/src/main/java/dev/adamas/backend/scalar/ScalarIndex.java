package dev.adamas.backend.scalar;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Quantizer;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/**
 * Codes of one layer of one sequence. A truncated sequence keeps its blocks for the tokens that
 * follow.
 */
final class ScalarIndex implements SelectionIndex {

  /** Codes of a block and KV head: large enough for block-wise stages, small as slack. */
  static final int BLOCK = 256;

  /** The kernel that opened it. */
  final ScalarKernel owner;

  /** Codes of keys; of no bytes where the plan has none. */
  final CodeBlocks codes;

  /** What the plan's tail needs. */
  final Optional<TailIndex> tail;

  private final Arena arena;
  private final int kvHeads;
  private final int rowsPerCode;

  /** The quantiser of each KV head; empty until the sequence reaches its calibration length. */
  List<Quantizer> quantizers = List.of();

  /** Tokens that the index was calibrated on. */
  int calibratedOn;

  int length;
  long generation;

  private ScalarIndex(
      ScalarKernel owner,
      Arena arena,
      int kvHeads,
      int codeBytes,
      int rowsPerCode,
      Optional<TailIndex> tail) {
    this.owner = owner;
    this.arena = arena;
    this.kvHeads = kvHeads;
    this.codes = new CodeBlocks(arena, kvHeads, codeBytes, BLOCK);
    this.rowsPerCode = rowsPerCode;
    this.tail = tail;
  }

  /** An index that remembers nothing but its length. */
  static ScalarIndex empty(ScalarKernel owner, Arena arena) {
    return new ScalarIndex(owner, arena, 0, 0, 1, Optional.empty());
  }

  /** An index without tokens. */
  static ScalarIndex open(
      ScalarKernel owner, Arena arena, LayerPlan.Sparse plan, ModelShape shape) {
    Quantizer quantizer = plan.pipeline().quantizer();
    int dim = plan.pipeline().transform().outputDim(shape.headDim());
    return new ScalarIndex(
        owner,
        arena,
        shape.kvHeads(),
        quantizer.codeBytes(dim),
        quantizer.rowsPerCode(),
        TailIndex.open(arena, plan, shape));
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
    if (!isEncoded()) {
      return 0;
    }
    long keys = (long) codes(length) * codes.rowBytes() * kvHeads;
    return keys + tail.map(t -> t.bytes(length)).orElse(0L);
  }

  boolean isEncoded() {
    return !quantizers.isEmpty();
  }

  /** Codes that cover {@code tokens} tokens. */
  int codes(int tokens) {
    return (tokens + rowsPerCode - 1) / rowsPerCode;
  }

  /** Forgets codes and calibration. */
  void drop() {
    quantizers = List.of();
    calibratedOn = 0;
  }

  /** Throws where the arena was closed. */
  void checkAlive() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("The index is closed; open another one.");
    }
  }
}
