package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Scores of integer levels times each key's own scale: one multiplication in float32.
 *
 * <p>Scales are widened two at a time as {@link NumberFormat} does it, and lie in the order in
 * which that gives them back ascending: {@link #lane}.
 */
final class ScoreScaled implements ScoreCodes {

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final NumberFormat HALF = NumberFormat.of(KvType.F16);

  /** What infinity becomes when it is widened; no number of 16 bits is as large. */
  private static final float BEYOND = 65536;

  private final ScoreCodes levels;
  private final int blockBytes;
  private final int scalesAt;
  private final float[] scales = new float[SparseIndex.BLOCK];

  ScoreScaled(ScoreCodes levels, CodeLayout layout) {
    this.levels = levels;
    blockBytes = layout.blockBytes();
    scalesAt = layout.scalesAt();
  }

  /** Which scale of a block belongs to a token of it. */
  static int lane(int token) {
    int within = token % (2 * Lanes.L);
    return token - within + 2 * (within % Lanes.L) + within / Lanes.L;
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
      int at,
      int pitch) {
    levels.score(cache, kvHead, first, blocks, offset, count, heads, scores, at, pitch);
    for (int from = 0; from < count; from += SparseIndex.BLOCK) {
      long block = offset + (long) (from / SparseIndex.BLOCK) * blockBytes;
      widen(blocks, block + scalesAt, scales);
      for (int head = 0; head < heads; head++) {
        multiply(scores, at + head * pitch + from, scales);
      }
    }
  }

  private static void widen(MemorySegment blocks, long at, float[] scales) {
    for (int i = 0; i < SparseIndex.BLOCK; i += 2 * Lanes.L) {
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, blocks, at + 2L * i, LE);
      FloatVector even = Widen.even(pair, HALF.shift(), HALF.mask()).mul(HALF.queryScale());
      FloatVector odd = Widen.odd(pair, HALF.shift(), HALF.mask()).mul(HALF.queryScale());
      even.intoArray(scales, i);
      odd.intoArray(scales, i + Lanes.L);
      if (!even.abs().max(odd.abs()).compare(VectorOperators.LT, BEYOND).allTrue()) {
        widenEach(blocks, at, i, scales);
      }
    }
  }

  /** Infinities and NaN of huge or invalid keys, which widened in vectors are finite. */
  private static void widenEach(MemorySegment blocks, long at, int from, float[] scales) {
    for (int i = from; i < from + 2 * Lanes.L; i++) {
      short half = blocks.get(CacheRows.SHORT, at + (long) lane(i) * Short.BYTES);
      scales[i] = Float.float16ToFloat(half);
    }
  }

  private static void multiply(float[] scores, int at, float[] scales) {
    for (int i = 0; i < SparseIndex.BLOCK; i += Lanes.L) {
      FloatVector.fromArray(Lanes.F, scores, at + i)
          .mul(FloatVector.fromArray(Lanes.F, scales, i))
          .intoArray(scores, at + i);
    }
  }
}
