package dev.adamas.backend.scalar;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads rows of a cache's number format as float32, and writes them. One reader serves one thread.
 */
final class CacheReader {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final short[] halves;
  private final int dim;

  CacheReader(int dim) {
    this.dim = dim;
    this.halves = new short[dim];
  }

  /** Reads the key of a token into {@code target[at …]}. */
  void key(KvView cache, int token, int head, float[] target, int at) {
    int inPage = token % cache.tokensPerPage();
    long offset = inPage * cache.keyTokenStride() + head * cache.keyHeadStride();
    row(host(cache, token).keys(), offset, cache.type(), target, at);
  }

  /** Reads the value of a token into {@code target[at …]}. */
  void value(KvView cache, int token, int head, float[] target, int at) {
    int inPage = token % cache.tokensPerPage();
    long offset = inPage * cache.valueTokenStride() + head * cache.valueHeadStride();
    row(host(cache, token).values(), offset, cache.type(), target, at);
  }

  private static KvView.Page.Host host(KvView cache, int token) {
    return switch (cache.page(token / cache.tokensPerPage())) {
      case KvView.Page.Host host -> host;
      case KvView.Page.Device device ->
          throw new IllegalArgumentException(
              "The scalar backend reads host memory; this cache lies on device "
                  + device.device()
                  + ", use that device's backend.");
    };
  }

  /** Reads a row of a number format from byte {@code offset} on into {@code target[at …]}. */
  void row(MemorySegment rows, long offset, KvType type, float[] target, int at) {
    switch (type) {
      case F32 -> MemorySegment.copy(rows, Memory.FLOAT, offset, target, at, dim);
      case F16 -> {
        MemorySegment.copy(rows, SHORT, offset, halves, 0, dim);
        for (int j = 0; j < dim; j++) {
          target[at + j] = Float.float16ToFloat(halves[j]);
        }
      }
      case BF16 -> {
        MemorySegment.copy(rows, SHORT, offset, halves, 0, dim);
        for (int j = 0; j < dim; j++) {
          target[at + j] = Float.intBitsToFloat(halves[j] << 16);
        }
      }
    }
  }

  /** Writes a row in a number format, rounded to nearest, ties to even. */
  static void write(float[] row, KvType type, MemorySegment target) {
    for (int j = 0; j < row.length; j++) {
      switch (type) {
        case F32 -> target.setAtIndex(Memory.FLOAT, j, row[j]);
        case F16 -> target.setAtIndex(SHORT, j, Float.floatToFloat16(row[j]));
        case BF16 -> target.setAtIndex(SHORT, j, bfloat16(row[j]));
      }
    }
  }

  private static short bfloat16(float x) {
    int bits = Float.floatToIntBits(x);
    return (short) (Float.isNaN(x) ? bits >> 16 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  }
}
