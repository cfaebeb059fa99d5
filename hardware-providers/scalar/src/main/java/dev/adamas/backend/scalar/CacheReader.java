package dev.adamas.backend.scalar;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads key and value rows of a cache as float32. One reader serves one thread. */
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

  private void row(MemorySegment rows, long offset, KvType type, float[] target, int at) {
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
}
