package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads keys and values exactly, in the order of the cache: what codes, scores and means are made
 * from. (The rows of {@link KvRows} are permuted and scaled, and infinities are finite there.)
 */
final class CacheRows {

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final short[] halves;
  private final int dim;

  CacheRows(int dim) {
    this.dim = dim;
    halves = new short[dim];
  }

  /** Keys of tokens {@code [from, to)} as rows of {@code headDim} floats. */
  void keys(KvView cache, int head, int from, int to, float[] rows) {
    long base = head * cache.keyHeadStride();
    read(cache, true, cache.keyTokenStride(), base, from, to, rows);
  }

  /** Values of tokens {@code [from, to)} as rows of {@code headDim} floats. */
  void values(KvView cache, int head, int from, int to, float[] rows) {
    long base = head * cache.valueHeadStride();
    read(cache, false, cache.valueTokenStride(), base, from, to, rows);
  }

  private void read(
      KvView cache, boolean keys, long stride, long base, int from, int to, float[] rows) {
    KvType type = cache.type();
    int pageTokens = cache.tokensPerPage();
    for (int token = from, at = 0; token < to; ) {
      int first = token % pageTokens;
      int count = Math.min(to - token, pageTokens - first);
      KvView.Page.Host page = KvRows.host(cache.page(token / pageTokens));
      MemorySegment memory = keys ? page.keys() : page.values();
      for (int i = 0; i < count; i++, at += dim) {
        row(memory, base + (first + i) * stride, type, rows, at);
      }
      token += count;
    }
  }

  /** Writes a row in the cache's format, rounded to nearest even. */
  static void write(float[] row, KvType type, MemorySegment target, long offset) {
    for (int j = 0; j < row.length; j++) {
      switch (type) {
        case F32 -> target.set(FLOAT, offset + 4L * j, row[j]);
        case F16 -> target.set(SHORT, offset + 2L * j, Float.floatToFloat16(row[j]));
        case BF16 -> target.set(SHORT, offset + 2L * j, bfloat16(row[j]));
      }
    }
  }

  private static short bfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.isNaN(x)
        ? (short) ((bits >> 16) | 0x40)
        : (short) ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  }

  /** Widens fp16 numbers; C2 makes vectors of this loop. */
  static void widen(short[] halves, int count, float[] target, int at) {
    for (int j = 0; j < count; j++) {
      target[at + j] = Float.float16ToFloat(halves[j]);
    }
  }

  /** One row of the given format. */
  void row(MemorySegment page, long offset, KvType type, float[] rows, int at) {
    switch (type) {
      case F32 -> MemorySegment.copy(page, FLOAT, offset, rows, at, dim);
      case F16 -> {
        MemorySegment.copy(page, SHORT, offset, halves, 0, dim);
        widen(halves, dim, rows, at);
      }
      case BF16 -> {
        MemorySegment.copy(page, SHORT, offset, halves, 0, dim);
        for (int j = 0; j < dim; j++) {
          rows[at + j] = Float.intBitsToFloat(halves[j] << 16);
        }
      }
    }
  }
}
