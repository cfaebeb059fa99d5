package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Scores of integer levels times each key's own scale: one multiplication in float32. */
final class ScoreScaled implements ScoreCodes {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ScoreCodes levels;
  private final int blockBytes;
  private final int scalesAt;
  private final short[] halves = new short[SparseIndex.BLOCK];
  private final float[] scales = new float[SparseIndex.BLOCK];

  ScoreScaled(ScoreCodes levels, CodeLayout layout) {
    this.levels = levels;
    blockBytes = layout.blockBytes();
    scalesAt = layout.scalesAt();
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    levels.query(head, quantizer, prepared);
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
      int pitch) {
    levels.score(cache, kvHead, first, blocks, offset, count, heads, scores, pitch);
    for (int from = 0; from < count; from += SparseIndex.BLOCK) {
      long block = offset + (long) (from / SparseIndex.BLOCK) * blockBytes;
      MemorySegment.copy(blocks, SHORT, block + scalesAt, halves, 0, SparseIndex.BLOCK);
      for (int i = 0; i < SparseIndex.BLOCK; i++) {
        scales[i] = Float.float16ToFloat(halves[i]);
      }
      for (int head = 0; head < heads; head++) {
        multiply(scores, head * pitch + from);
      }
    }
  }

  private void multiply(float[] scores, int at) {
    for (int i = 0; i < SparseIndex.BLOCK; i++) {
      scores[at + i] *= scales[i];
    }
  }
}
