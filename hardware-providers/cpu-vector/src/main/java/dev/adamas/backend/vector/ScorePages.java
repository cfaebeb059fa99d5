package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/** {@code page-bound@1} over {@code page-min-max@1}, whose codes are two rows of fp16. */
final class ScorePages implements ScoreCodes {

  private static final int PAGES = 32;

  private final int dim;
  private final float[] queries;
  private final short[] halves;
  private final float[] rows;
  private final float[] partial = new float[PAGES * PartialSums.PARTS];

  ScorePages(int dim, int heads) {
    this.dim = dim;
    queries = new float[heads * dim];
    halves = new short[PAGES * 2 * dim];
    rows = new float[PAGES * 2 * dim];
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    MemorySegment.copy(prepared, CacheRows.FLOAT, 0, queries, head * dim, dim);
  }

  @Override
  public void score(
      KvView cache,
      int kvHead,
      int first,
      MemorySegment blocks,
      long offset,
      int count,
      int heads,
      float[] scores,
      int at,
      int pitch) {
    long codeBytes = 2L * dim * Short.BYTES;
    for (int from = 0; from < count; from += PAGES) {
      int n = Math.min(PAGES, count - from);
      MemorySegment.copy(
          blocks, CacheRows.SHORT, offset + from * codeBytes, halves, 0, n * 2 * dim);
      CacheRows.widen(halves, n * 2 * dim, rows, 0);
      for (int head = 0; head < heads; head++) {
        PartialSums.bounds(rows, n, dim, queries, head * dim, partial);
        PartialSums.negate(partial, n, scores, at + head * pitch + from);
      }
    }
  }
}
