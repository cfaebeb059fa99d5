package dev.adamas.backend.vector;

import dev.adamas.api.Distance;
import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Any distance, by its own code, on codes as its quantiser wrote them. */
final class ScoreStaged implements ScoreCodes {

  private final Distance distance;
  private final int dim;
  private final int codeBytes;
  private final Quantizer[] quantizers;
  private final MemorySegment[] queries;

  ScoreStaged(Distance distance, int dim, int codeBytes, int heads) {
    this.distance = distance;
    this.dim = dim;
    this.codeBytes = codeBytes;
    quantizers = new Quantizer[heads];
    queries = new MemorySegment[heads];
    Arrays.fill(queries, MemorySegment.NULL);
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    quantizers[head] = quantizer;
    queries[head] = prepared;
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
    MemorySegment codes = blocks.asSlice(offset, (long) count * codeBytes);
    MemorySegment all = MemorySegment.ofArray(scores);
    for (int head = 0; head < heads; head++) {
      distance.score(
          quantizers[head],
          queries[head],
          codes,
          count,
          dim,
          all.asSlice((at + (long) head * pitch) * Float.BYTES, (long) count * Float.BYTES));
    }
  }
}
