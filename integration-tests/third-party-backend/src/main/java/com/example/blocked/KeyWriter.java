package com.example.blocked;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;

/** Brings keys of a cache into blocks of an index. One writer serves one thread. */
final class KeyWriter {

  private final int dim;
  private final RowReader reader;
  private final float[] key;
  private final byte[] codes;
  private final float[] scales = new float[BlockedIndex.BLOCK];

  KeyWriter(int dim) {
    this.dim = dim;
    this.reader = new RowReader(dim);
    this.key = new float[dim];
    this.codes = new byte[dim * BlockedIndex.BLOCK];
  }

  /** Writes tokens {@code [from, to)}, all of one block. */
  void write(KvView cache, BlockedIndex index, int head, int from, int to) {
    int count = to - from;
    for (int i = 0; i < count; i++) {
      reader.key(cache, from + i, head, key, 0);
      float largest = 0;
      for (int j = 0; j < dim; j++) {
        largest = Math.max(largest, Math.abs(key[j]));
      }
      float scale = Int8.scale(largest);
      for (int j = 0; j < dim; j++) {
        codes[j * count + i] = Int8.code(key[j], scale);
      }
      scales[i] = scale;
    }
    MemorySegment block = index.block(from / BlockedIndex.BLOCK);
    int first = from % BlockedIndex.BLOCK;
    for (int j = 0; j < dim; j++) {
      MemorySegment.copy(
          codes, j * count, block, Layouts.BYTE, index.codes(head, j) + first, count);
    }
    MemorySegment.copy(scales, 0, block, Layouts.FLOAT, index.scales(head) + 4L * first, count);
  }
}
