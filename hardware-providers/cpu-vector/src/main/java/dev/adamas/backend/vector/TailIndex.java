package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What a tail remembers of values: the mean of each complete page, in the cache's type, and a code
 * per token as the quantiser wrote it.
 *
 * <p>Memory grows by chunks for all KV heads, in which a head's rows are contiguous. Means are read
 * one after the other, codes here and there. What a code is longer than a power of two, its scale,
 * lies apart, so that what is left fills cache lines without crossing their ends.
 */
final class TailIndex {

  /** Means of a head in a chunk: a tile's rows. */
  static final int MEANS = Scratch.TILE;

  /** Tokens whose codes are in one chunk. */
  static final int CODES = SparseIndex.CHUNK;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Bytes of which bodies are multiples. */
  private static final int ALIGNED = 16;

  private final Arena arena;
  private final int kvHeads;
  private final int headDim;
  private final int pageTokens;
  private final int codeBytes;
  private final int bodyBytes;
  private int meanBytes;
  private MemorySegment[] means = {};
  private int meanChunks;
  private MemorySegment[] codes = {};
  private int codeChunks;

  /** The mean over the calibration rows of each head, what the first page is coded against. */
  private MemorySegment first = MemorySegment.NULL;

  TailIndex(Arena arena, ModelShape shape, Tail.PageMeans tail) {
    this.arena = arena;
    kvHeads = shape.kvHeads();
    headDim = shape.headDim();
    pageTokens = tail.pageTokens();
    codeBytes = codeBytes(tail, shape);
    int whole = codeBytes / ALIGNED * ALIGNED;
    bodyBytes = whole > 0 ? whole : codeBytes;
  }

  /** Bytes of a token's value code, 0 where there are none. */
  static int codeBytes(Tail.PageMeans tail, ModelShape shape) {
    return tail.residual()
        .map(r -> r.quantizer().codeBytes(r.transform().outputDim(shape.headDim())))
        .orElse(0);
  }

  int pageTokens() {
    return pageTokens;
  }

  int codeBytes() {
    return codeBytes;
  }

  /** Bytes of one mean; 0 before the first {@link #reserve}. */
  int meanBytes() {
    return meanBytes;
  }

  /** Bytes in use for {@code tokens} tokens. */
  long bytes(int tokens) {
    return kvHeads * ((long) tokens / pageTokens * meanBytes + (long) tokens * codeBytes);
  }

  /** Makes room for {@code tokens} tokens of a cache of the given type. */
  void reserve(int tokens, KvType type) {
    if (meanBytes == 0) {
      meanBytes = headDim * type.bytes();
      first = arena.allocate((long) kvHeads * meanBytes, SparseIndex.BLOCK);
    }
    int pages = tokens / pageTokens;
    while ((long) meanChunks * MEANS < pages) {
      means = room(means, meanChunks);
      means[meanChunks++] = arena.allocate((long) kvHeads * MEANS * meanBytes, SparseIndex.BLOCK);
    }
    while (codeBytes > 0 && (long) codeChunks * CODES < tokens) {
      codes = room(codes, codeChunks);
      codes[codeChunks++] = arena.allocate((long) kvHeads * CODES * codeBytes, SparseIndex.BLOCK);
    }
  }

  private static MemorySegment[] room(MemorySegment[] chunks, int used) {
    return used < chunks.length ? chunks : Arrays.copyOf(chunks, Math.max(8, 2 * used));
  }

  /** The mean over the calibration rows. */
  MemorySegment calibrationMean(int head) {
    return first.asSlice((long) head * meanBytes, meanBytes);
  }

  /** The memory that holds the mean of a complete page, and with it those of its chunk. */
  MemorySegment means(int page) {
    return means[page / MEANS];
  }

  /** Where in {@link #means} the mean of a page lies. */
  long meanAt(int head, int page) {
    return ((long) head * MEANS + page % MEANS) * meanBytes;
  }

  /** Bytes of a code that lie together; the others are its rest. */
  int bodyBytes() {
    return bodyBytes;
  }

  /** The memory that holds a token's value code, and with it those of its chunk. */
  MemorySegment codes(int token) {
    return codes[token / CODES];
  }

  /** Where in {@link #codes} the bodies of a head begin, for the chunk's first token. */
  long bodiesAt(int head) {
    return (long) head * CODES * bodyBytes;
  }

  /** Where in {@link #codes} the rests of a head begin. */
  long restsAt(int head) {
    return (long) CODES * (kvHeads * bodyBytes + head * (codeBytes - bodyBytes));
  }

  /**
   * Stores value codes; does nothing where there are none.
   *
   * @param first the first token, all of them in one chunk
   * @param rows their codes one after the other
   */
  void store(int head, int first, int count, byte[] rows) {
    if (codeBytes == 0) {
      return;
    }
    MemorySegment chunk = codes(first);
    int restBytes = codeBytes - bodyBytes;
    long body = bodiesAt(head) + (long) (first % CODES) * bodyBytes;
    long rest = restsAt(head) + (long) (first % CODES) * restBytes;
    for (int i = 0; i < count; i++) {
      int row = i * codeBytes;
      MemorySegment.copy(rows, row, chunk, BYTE, body + (long) i * bodyBytes, bodyBytes);
      MemorySegment.copy(
          rows, row + bodyBytes, chunk, BYTE, rest + (long) i * restBytes, restBytes);
    }
  }

  /**
   * What the values of a page are coded against, as a sequence of {@code tokens} tokens sees it.
   */
  MemorySegment base(int head, int page, int tokens) {
    int complete = page < tokens / pageTokens ? page : page - 1;
    return complete < 0
        ? calibrationMean(head)
        : means(complete).asSlice(meanAt(head, complete), meanBytes);
  }
}
