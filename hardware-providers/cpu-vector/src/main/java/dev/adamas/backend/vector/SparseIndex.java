package dev.adamas.backend.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Codes of one layer of one sequence.
 *
 * <p>Memory grows by chunks of {@link #CHUNK} codes for all KV heads, so that nothing is ever
 * copied and at most one chunk is slack; within a chunk a KV head's blocks are contiguous, in the
 * order in which they are scored. A truncated sequence keeps its chunks for the tokens to come.
 */
final class SparseIndex extends TokenCounter {

  /** Codes of a block. */
  static final int BLOCK = 64;

  /** Codes of a chunk. */
  static final int CHUNK = 1024;

  /** The kernel that opened it. */
  final SparseKernel owner;

  /** What a tail remembers, where the plan has one. */
  final Optional<TailIndex> tail;

  private final Arena arena;
  private final int kvHeads;
  private final int blockBytes;
  private final int rowsPerCode;
  private final int codeBytes;
  private MemorySegment[] chunks = {};
  private int chunkCount;

  /** The quantiser of each KV head; empty until the sequence reaches its calibration length. */
  private KeyQuantizer[] quantizers;

  /** Tokens that the quantisers were calibrated on. */
  private int calibratedOn;

  /** An index of codes; without codes of its own where {@code codeBytes} is 0. */
  SparseIndex(
      SparseKernel owner,
      Arena arena,
      int kvHeads,
      int blockBytes,
      int codeBytes,
      int rowsPerCode,
      KeyQuantizer[] quantizers,
      Optional<TailIndex> tail) {
    super(arena);
    this.owner = owner;
    this.arena = arena;
    this.kvHeads = kvHeads;
    this.blockBytes = blockBytes;
    this.codeBytes = codeBytes;
    this.rowsPerCode = rowsPerCode;
    this.quantizers = quantizers;
    this.tail = tail;
  }

  /** Bytes of the codes; the unused rest of the last chunk is not counted. */
  @Override
  public long bytes() {
    int tokens = length();
    return isEncoded()
        ? (long) codes(tokens) * codeBytes * kvHeads + tail.map(t -> t.bytes(tokens)).orElse(0L)
        : 0;
  }

  /** Whether it holds codes; before the calibration length it may not. */
  boolean isEncoded() {
    return quantizers.length > 0;
  }

  /** The quantiser of a KV head, calibrated. */
  KeyQuantizer quantizer(int head) {
    return quantizers[head];
  }

  int calibratedOn() {
    return calibratedOn;
  }

  void calibrated(KeyQuantizer[] calibrated, int tokens) {
    quantizers = calibrated;
    calibratedOn = tokens;
  }

  /** Forgets codes and calibration. */
  void drop() {
    quantizers = new KeyQuantizer[0];
    calibratedOn = 0;
  }

  /** Codes that cover {@code tokens} tokens. */
  int codes(int tokens) {
    return (tokens + rowsPerCode - 1) / rowsPerCode;
  }

  /** Makes room for {@code codes} codes of each KV head. */
  void reserve(int codes) {
    if (blockBytes == 0) {
      return;
    }
    while ((long) chunkCount * CHUNK < codes) {
      if (chunkCount == chunks.length) {
        chunks = Arrays.copyOf(chunks, Math.max(8, 2 * chunkCount));
      }
      chunks[chunkCount++] = arena.allocate((long) kvHeads * chunkBytes(), BLOCK);
    }
  }

  /** The memory of the chunk that holds code {@code code}. */
  MemorySegment chunk(int code) {
    return chunks[code / CHUNK];
  }

  /** Offset in {@link #chunk} of the block that holds code {@code code}. */
  long block(int head, int code) {
    return head * chunkBytes() + (long) (code % CHUNK / BLOCK) * blockBytes;
  }

  private long chunkBytes() {
    return (long) (CHUNK / BLOCK) * blockBytes;
  }
}
