package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/** {@code inner-product@1} over {@code rows@1}: the cache's own keys, so there is no index. */
final class ScoreKeys implements ScoreCodes {

  private static final int ROWS = SparseIndex.BLOCK;

  private final int dim;
  private final CacheRows reader;
  private final float[] queries;
  private final float[] rows;
  private final float[] partial = new float[ROWS * PartialSums.PARTS];

  ScoreKeys(int dim, int heads) {
    this.dim = dim;
    reader = new CacheRows(dim);
    queries = new float[heads * dim];
    rows = new float[ROWS * dim];
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
    for (int from = 0; from < count; from += ROWS) {
      int n = Math.min(ROWS, count - from);
      reader.keys(cache, kvHead, first + from, first + from + n, rows);
      for (int head = 0; head < heads; head++) {
        PartialSums.products(rows, n, dim, queries, head * dim, partial);
        PartialSums.negate(partial, n, scores, at + head * pitch + from);
      }
    }
  }
}
