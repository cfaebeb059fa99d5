package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Quantizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Codes as words give the scores of the same codes as byte planes. */
class ScoreWordsTest {

  private static final int CODES = SparseIndex.CHUNK;
  private static final int HEADS = 3;
  private static final ModelShape SHAPE = ModelShape.of(1, HEADS, 1, 64);

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void scoresAsBytePlanesDo() {
    for (int dim : new int[] {64, 128}) {
      Assumptions.assumeTrue(
          WordPlanes.fits(2, dim), "skipped: this CPU does not count the bits of 64-bit lanes");
      WordPlanes words = new WordPlanes(dim, true);
      CodePlanes bytes = new CodePlanes(2, dim, true);
      for (int[] levels : new int[][] {{1, 3}, {3, 10}}) {
        int inner = levels[0];
        int outer = levels[1];
        float high = (outer + inner) / 2f;
        float low = (outer - inner) / 2f;
        check(
            dim,
            bits(dim / 4),
            words,
            new ScoreWords(words, HEADS, ScoreWords.Form.CODE_DOT, inner, outer),
            bytes,
            new ScoreCodeDot(bytes, HEADS, inner, outer));
        check(
            dim,
            integers(dim),
            words,
            new ScoreWords(words, HEADS, ScoreWords.Form.INT4, inner, outer),
            bytes,
            new ScoreSigned(bytes, HEADS, ScoreSigned.Form.INTEGERS, 3, high, low));
      }
      check(
          dim,
          bits(dim / 4),
          words,
          new ScoreWords(words, HEADS, ScoreWords.Form.MANHATTAN, 0, 0),
          bytes,
          new ScoreManhattan(bytes, HEADS));
    }
  }

  private byte[][] bits(int bytes) {
    byte[][] queries = new byte[HEADS][bytes];
    for (byte[] query : queries) {
      random.nextBytes(query);
    }
    // Extremes: sums must fit where all bits differ.
    Arrays.fill(queries[0], (byte) random.nextInt(-1, 1));
    return queries;
  }

  private byte[][] integers(int dim) {
    byte[][] queries = new byte[HEADS][dim];
    for (byte[] query : queries) {
      for (int i = 0; i < dim; i++) {
        query[i] = (byte) random.nextInt(-7, 8);
      }
    }
    Arrays.fill(queries[0], (byte) (random.nextBoolean() ? 7 : -7));
    return queries;
  }

  private void check(
      int dim,
      byte[][] queries,
      WordPlanes words,
      ScoreCodes wordScores,
      CodePlanes bytes,
      ScoreCodes byteScores) {
    byte[] code = new byte[dim / 4 + 2];
    // Part of the interface, but not looked at: codes are all that counts here.
    TestCache cache = new TestCache(SHAPE, KvType.F16, TestCache.Order.HEAD_MAJOR, 16, 16, false);
    Quantizer quantizer =
        ((LayerPlan.Sparse) SparsePair.plan(SHAPE, "adamas", Map.of())).pipeline().quantizer();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment inWords = arena.allocate((long) CODES / SparseIndex.BLOCK * words.blockBytes());
      MemorySegment inBytes = arena.allocate((long) CODES / SparseIndex.BLOCK * bytes.blockBytes());
      for (int i = 0; i < CODES; i++) {
        random.nextBytes(code);
        if (i % 3 == 0) {
          Arrays.fill(code, (byte) random.nextInt(-1, 1));
        }
        int block = i / SparseIndex.BLOCK;
        int ordinal = i % SparseIndex.BLOCK;
        words.place(code, 0, inWords, (long) block * words.blockBytes(), ordinal);
        bytes.place(code, 0, inBytes, (long) block * bytes.blockBytes(), ordinal);
      }
      for (int head = 0; head < HEADS; head++) {
        MemorySegment prepared = MemorySegment.ofArray(queries[head]);
        wordScores.query(head, quantizer, prepared);
        byteScores.query(head, quantizer, prepared);
      }
      float[] actual = new float[HEADS * CODES];
      float[] expected = new float[HEADS * CODES];
      wordScores.score(cache, 0, 0, inWords, 0, CODES, HEADS, actual, 0, CODES);
      byteScores.score(cache, 0, 0, inBytes, 0, CODES, HEADS, expected, 0, CODES);
      assertThat(actual).as("dimension %d, seed %d", dim, seed).isEqualTo(expected);
    }
  }
}
