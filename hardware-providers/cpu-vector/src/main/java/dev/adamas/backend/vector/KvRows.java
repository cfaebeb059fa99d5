package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;

/**
 * Reads rows of a cache into float32 tiles, whatever its page size and strides. Memory is accessed
 * through the host's segments, so a wrong stride throws and never crashes.
 */
final class KvRows {

  private KvRows() {}

  /** Keys of tokens {@code [from, to)} as rows of {@code headDim} floats from {@code at} on. */
  static void keys(
      KvView cache, NumberFormat format, int head, int from, int to, float[] tile, int at) {
    int dim = cache.shape().headDim();
    long tokenStride = cache.keyTokenStride();
    long base = head * cache.keyHeadStride();
    int pageTokens = cache.tokensPerPage();
    for (int token = from; token < to; ) {
      int first = token % pageTokens;
      int count = Math.min(to - token, pageTokens - first);
      MemorySegment page = host(cache.page(token / pageTokens)).keys();
      run(page, base + first * tokenStride, tokenStride, count, dim, format, tile, at);
      token += count;
      at += count * dim;
    }
  }

  /** Values of tokens {@code [from, to)} as rows of {@code headDim} floats from {@code at} on. */
  static void values(
      KvView cache, NumberFormat format, int head, int from, int to, float[] tile, int at) {
    int dim = cache.shape().headDim();
    long tokenStride = cache.valueTokenStride();
    long base = head * cache.valueHeadStride();
    int pageTokens = cache.tokensPerPage();
    for (int token = from; token < to; ) {
      int first = token % pageTokens;
      int count = Math.min(to - token, pageTokens - first);
      MemorySegment page = host(cache.page(token / pageTokens)).values();
      run(page, base + first * tokenStride, tokenStride, count, dim, format, tile, at);
      token += count;
      at += count * dim;
    }
  }

  static KvView.Page.Host host(KvView.Page page) {
    return switch (page) {
      case KvView.Page.Host host -> host;
      case KvView.Page.Device device ->
          throw new IllegalArgumentException(
              "cpu-vector cannot read a page in the memory of device "
                  + device.device()
                  + "; keep the cache in host memory or use that device's backend.");
    };
  }

  private static void run(
      MemorySegment page,
      long offset,
      long stride,
      int count,
      int dim,
      NumberFormat format,
      float[] tile,
      int at) {
    if (stride == (long) dim * format.type().bytes()) {
      widen(page, offset, count * dim, format, tile, at);
    } else {
      for (int i = 0; i < count; i++) {
        widen(page, offset + i * stride, dim, format, tile, at + i * dim);
      }
    }
  }

  private static void widen(
      MemorySegment page, long offset, int numbers, NumberFormat format, float[] tile, int at) {
    if (format.type() == KvType.F32) {
      Widen.floats(page, offset, numbers, tile, at);
    } else {
      Widen.halves(page, offset, numbers, tile, at, format.shift(), format.mask());
    }
  }
}
