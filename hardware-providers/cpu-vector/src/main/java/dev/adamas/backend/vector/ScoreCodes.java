package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/**
 * A distance, computed on the codes of an index for several query heads of one KV head. One
 * instance serves one worker.
 */
interface ScoreCodes {

  /**
   * Takes a prepared query.
   *
   * @param head number of the query among those that are scored together
   * @param prepared as {@link dev.adamas.api.Distance#prepareQuery} wrote it; not changed until the
   *     scores are done
   */
  void query(int head, Quantizer quantizer, MemorySegment prepared);

  /**
   * Scores consecutive codes for the first {@code heads} queries. The first one starts a block, and
   * all lie in one chunk.
   *
   * @param cache the cache, for scores of keys that have no codes
   * @param first ordinal of the first code
   * @param blocks memory that holds the codes
   * @param offset where the first block starts
   * @param count at most a chunk
   * @param scores {@code [heads][pitch]} from {@code at} on, each row written up to the next
   *     multiple of a block
   */
  void score(
      KvView cache,
      int kvHead,
      int first,
      MemorySegment blocks,
      long offset,
      int count,
      int heads,
      float[] scores,
      int at,
      int pitch);
}
