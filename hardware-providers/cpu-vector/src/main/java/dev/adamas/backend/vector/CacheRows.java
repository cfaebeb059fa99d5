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

  /** Rows that are widened at once: the loop that does it is fast only where it is long. */
  private static final int ROWS = 32;

  private final short[] halves;
  private final int dim;

  CacheRows(int dim) {
    this.dim = dim;
    halves = new short[ROWS * dim];
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
      long offset = base + first * stride;
      for (int i = 0; i < count; i += ROWS) {
        int n = Math.min(ROWS, count - i);
        run(memory, offset + i * stride, stride, n, type, rows, at + i * dim);
      }
      token += count;
      at += count * dim;
    }
  }

  /** At most {@link #ROWS} rows of a page. */
  private void run(
      MemorySegment page, long offset, long stride, int count, KvType type, float[] rows, int at) {
    boolean contiguous = stride == (long) dim * type.bytes();
    int pieces = contiguous ? 1 : count;
    int numbers = contiguous ? count * dim : dim;
    for (int i = 0; i < pieces; i++) {
      if (type == KvType.F32) {
        MemorySegment.copy(page, FLOAT, offset + i * stride, rows, at + i * dim, numbers);
      } else {
        MemorySegment.copy(page, SHORT, offset + i * stride, halves, i * dim, numbers);
      }
    }
    switch (type) {
      case F32 -> {}
      case F16 -> widen(halves, count * dim, rows, at);
      case BF16 -> extend(halves, count * dim, rows, at);
    }
  }

  private static void extend(short[] halves, int count, float[] target, int at) {
    for (int j = 0; j < count; j++) {
      target[at + j] = Float.intBitsToFloat(halves[j] << 16);
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
    run(page, offset, 0, 1, type, rows, at);
  }
}
