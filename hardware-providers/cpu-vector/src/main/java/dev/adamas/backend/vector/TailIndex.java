package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Tail;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What a tail remembers: the mean value of each complete page, in the cache's type, and per token,
 * as the quantiser wrote them, a code of its value and, where keys are refined, one of its key.
 *
 * <p>Memory grows by chunks for all KV heads, in which a head's rows are contiguous. Means are read
 * one after the other, codes here and there. Both codes of a token are read together and lie
 * together. What a code is longer than whole words, its scale, lies apart, so that what is left
 * fills cache lines without crossing their ends.
 */
final class TailIndex {

  /** Means of a head in a chunk: a tile's rows. */
  static final int MEANS = Scratch.TILE;

  /** Tokens whose codes are in one chunk. */
  static final int CODES = SparseIndex.CHUNK;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /**
   * Where the codes of one kind lie.
   *
   * @param codeBytes bytes of a code; 0 where there are none
   * @param body where its body is among the bodies of a token
   * @param rest where its rest is among the rests of a token
   */
  record Part(int codeBytes, int body, int bodyBytes, int rest, int restBytes) {

    /** The part that follows another. */
    static Part after(int body, int rest, int codeBytes) {
      int whole = codeBytes / Long.BYTES * Long.BYTES;
      int bodyBytes = whole > 0 ? whole : codeBytes;
      return new Part(codeBytes, body, bodyBytes, rest, codeBytes - bodyBytes);
    }
  }

  private final Arena arena;
  private final int kvHeads;
  private final int headDim;
  private final int pageTokens;
  private final Part keys;
  private final Part values;

  /** Bytes of the bodies, and of the rests, of one token. */
  private final int bodies;

  private final int rests;
  private int meanBytes;
  private MemorySegment[] means = {};
  private int meanChunks;
  private MemorySegment[] codes = {};
  private int codeChunks;

  /** The mean over the calibration rows of each head, what the first page is coded against. */
  private MemorySegment first = MemorySegment.NULL;

  TailIndex(Arena arena, ModelShape shape, LayerPlan.Sparse plan, Tail.PageMeans tail) {
    this.arena = arena;
    kvHeads = shape.kvHeads();
    headDim = shape.headDim();
    pageTokens = tail.pageTokens();
    keys = Part.after(0, 0, keyCodeBytes(tail, plan.pipeline(), shape));
    values = Part.after(keys.bodyBytes(), keys.restBytes(), codeBytes(tail, shape));
    bodies = keys.bodyBytes() + values.bodyBytes();
    rests = keys.restBytes() + values.restBytes();
  }

  /** Bytes of a token's code of what its key's code misses, 0 where keys are not refined. */
  static int keyCodeBytes(Tail.PageMeans tail, Pipeline pipeline, ModelShape shape) {
    return tail.residual()
        .filter(Tail.Residual::refinesKeys)
        .map(r -> r.quantizer().codeBytes(pipeline.transform().outputDim(shape.headDim())))
        .orElse(0);
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

  /** Codes of what keys' codes miss. */
  Part keys() {
    return keys;
  }

  /** Codes of values. */
  Part values() {
    return values;
  }

  /** Bytes of one mean; 0 before the first {@link #reserve}. */
  int meanBytes() {
    return meanBytes;
  }

  /** Bytes in use for {@code tokens} tokens. */
  long bytes(int tokens) {
    return kvHeads * ((long) tokens / pageTokens * meanBytes + (long) tokens * (bodies + rests));
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
    while (bodies > 0 && (long) codeChunks * CODES < tokens) {
      codes = room(codes, codeChunks);
      long bytes = (long) kvHeads * CODES * (bodies + rests);
      codes[codeChunks++] = arena.allocate(bytes, SparseIndex.BLOCK);
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

  /** Distance of the bodies of two tokens. */
  int bodyPitch() {
    return bodies;
  }

  /** Distance of the rests of two tokens. */
  int restPitch() {
    return rests;
  }

  /** The memory that holds a token's codes, and with it those of its chunk. */
  MemorySegment codes(int token) {
    return codes[token / CODES];
  }

  /** Where in {@link #codes} the bodies of a head begin, for the chunk's first token. */
  long bodiesAt(int head) {
    return (long) head * CODES * bodies;
  }

  /** Where in {@link #codes} the rests of a head begin. */
  long restsAt(int head) {
    return (long) CODES * (kvHeads * bodies + head * rests);
  }

  /**
   * Stores codes of one kind; does nothing where there are none.
   *
   * @param first the first token, all of them in one chunk
   * @param rows their codes one after the other
   */
  void store(Part part, int head, int first, int count, byte[] rows) {
    if (part.codeBytes == 0) {
      return;
    }
    MemorySegment chunk = codes(first);
    long body = bodiesAt(head) + (long) (first % CODES) * bodies + part.body;
    long rest = restsAt(head) + (long) (first % CODES) * rests + part.rest;
    for (int i = 0; i < count; i++, body += bodies, rest += rests) {
      int row = i * part.codeBytes;
      MemorySegment.copy(rows, row, chunk, BYTE, body, part.bodyBytes);
      MemorySegment.copy(rows, row + part.bodyBytes, chunk, BYTE, rest, part.restBytes);
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
