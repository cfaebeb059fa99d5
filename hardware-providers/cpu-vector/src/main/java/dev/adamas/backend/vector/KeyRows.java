package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads keys exactly, in the order of the cache: what codes and scores are made from. (The rows of
 * {@link KvRows} are permuted and scaled, and infinities are finite there.)
 */
final class KeyRows {

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final short[] halves;
  private final int dim;

  KeyRows(int dim) {
    this.dim = dim;
    halves = new short[dim];
  }

  /** Keys of tokens {@code [from, to)} as rows of {@code headDim} floats. */
  void read(KvView cache, int head, int from, int to, float[] rows) {
    KvType type = cache.type();
    int pageTokens = cache.tokensPerPage();
    long stride = cache.keyTokenStride();
    long base = head * cache.keyHeadStride();
    for (int token = from, at = 0; token < to; ) {
      int first = token % pageTokens;
      int count = Math.min(to - token, pageTokens - first);
      MemorySegment page = KvRows.host(cache.page(token / pageTokens)).keys();
      for (int i = 0; i < count; i++, at += dim) {
        row(page, base + (first + i) * stride, type, rows, at);
      }
      token += count;
    }
  }

  /** Widens fp16 numbers; C2 makes vectors of this loop. */
  static void widen(short[] halves, int count, float[] target, int at) {
    for (int j = 0; j < count; j++) {
      target[at + j] = Float.float16ToFloat(halves[j]);
    }
  }

  private void row(MemorySegment page, long offset, KvType type, float[] rows, int at) {
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
