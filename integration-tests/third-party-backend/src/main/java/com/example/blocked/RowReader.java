package com.example.blocked;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;

/** Reads rows of a cache as float32. One reader serves one thread. */
final class RowReader {

  private final int dim;
  private final short[] halves;

  RowReader(int dim) {
    this.dim = dim;
    this.halves = new short[dim];
  }

  /** Reads the key of a token. */
  void key(KvView cache, int token, int head, float[] target, int at) {
    long offset =
        token % cache.tokensPerPage() * cache.keyTokenStride() + head * cache.keyHeadStride();
    read(page(cache, token).keys(), offset, cache.type(), target, at);
  }

  /** Reads the value of a token. */
  void value(KvView cache, int token, int head, float[] target, int at) {
    long offset =
        token % cache.tokensPerPage() * cache.valueTokenStride() + head * cache.valueHeadStride();
    read(page(cache, token).values(), offset, cache.type(), target, at);
  }

  private static KvView.Page.Host page(KvView cache, int token) {
    if (cache.page(token / cache.tokensPerPage()) instanceof KvView.Page.Host host) {
      return host;
    }
    throw new IllegalArgumentException(
        "The blocked backend reads host memory; use the backend of the device that holds the"
            + " cache.");
  }

  private void read(MemorySegment rows, long offset, KvType type, float[] target, int at) {
    if (type == KvType.F32) {
      MemorySegment.copy(rows, Layouts.FLOAT, offset, target, at, dim);
      return;
    }
    MemorySegment.copy(rows, Layouts.SHORT, offset, halves, 0, dim);
    if (type == KvType.F16) {
      for (int j = 0; j < dim; j++) {
        target[at + j] = Float.float16ToFloat(halves[j]);
      }
    } else {
      for (int j = 0; j < dim; j++) {
        target[at + j] = Float.intBitsToFloat(halves[j] << 16);
      }
    }
  }
}
