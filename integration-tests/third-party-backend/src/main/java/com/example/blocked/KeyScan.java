package com.example.blocked;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Scores all keys of a head against one query: what {@code sparse-query@1} computes, coordinate by
 * coordinate over a block. One scan serves one thread.
 */
final class KeyScan {

  private final int dim;
  private final int rank;
  private final int[] coordinates;
  private final int[] queryCodes;
  private final int[] dots = new int[BlockedIndex.BLOCK];
  private final byte[] keyCodes = new byte[BlockedIndex.BLOCK];
  private final float[] keyScales = new float[BlockedIndex.BLOCK];
  private float queryScale;

  KeyScan(int dim, int rank) {
    this.dim = dim;
    this.rank = Math.min(rank, dim);
    this.coordinates = new int[this.rank];
    this.queryCodes = new int[this.rank];
  }

  /**
   * Scores tokens {@code [0, visible)}.
   *
   * @param query float32 {@code [dim]} from {@code at} on
   * @param scores written
   * @return bytes of the index that were read
   */
  long score(BlockedIndex index, int head, int visible, float[] query, int at, float[] scores) {
    prepare(query, at);
    for (int first = 0; first < visible; first += BlockedIndex.BLOCK) {
      int count = Math.min(BlockedIndex.BLOCK, visible - first);
      MemorySegment block = index.block(first / BlockedIndex.BLOCK);
      Arrays.fill(dots, 0, count, 0);
      for (int k = 0; k < rank; k++) {
        long codes = index.codes(head, coordinates[k]);
        MemorySegment.copy(block, Layouts.BYTE, codes, keyCodes, 0, count);
        int queryCode = queryCodes[k];
        for (int i = 0; i < count; i++) {
          dots[i] += queryCode * keyCodes[i];
        }
      }
      MemorySegment.copy(block, Layouts.FLOAT, index.scales(head), keyScales, 0, count);
      for (int i = 0; i < count; i++) {
        scores[first + i] = SparseQuery.score(dots[i], keyScales[i], queryScale);
      }
    }
    return (long) visible * (rank + Int8.SCALE_BYTES);
  }

  private void prepare(float[] query, int at) {
    float largest = 0;
    for (int j = 0; j < dim; j++) {
      largest = Math.max(largest, Math.abs(query[at + j]));
    }
    queryScale = Int8.scale(largest);
    int found = 0;
    for (int j = 0; j < dim; j++) {
      int magnitude = SparseQuery.magnitude(query[at + j]);
      int before = 0;
      for (int i = 0; i < dim; i++) {
        int other = SparseQuery.magnitude(query[at + i]);
        before += other > magnitude || (other == magnitude && i < j) ? 1 : 0;
      }
      if (before < rank) {
        coordinates[found] = j;
        queryCodes[found++] = Int8.code(query[at + j], queryScale);
      }
    }
  }
}
