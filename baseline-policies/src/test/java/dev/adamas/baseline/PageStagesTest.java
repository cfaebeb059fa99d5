package dev.adamas.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.it.fixtures.Components;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.Seed;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageStagesTest {

  private static final Components STAGES = Components.of(new BaselineProvider());

  @Test
  void fp16RoundingNeverCrossesTheNumber() {
    Random random = Seed.random("half");
    for (int i = 0; i < 10_000; i++) {
      float x = Float.intBitsToFloat(random.nextInt());
      float below = Float.float16ToFloat(Numbers.halfBelow(x));
      float above = Float.float16ToFloat(Numbers.halfAbove(x));
      if (Float.isNaN(x)) {
        assertThat(below).isNaN();
        assertThat(above).isNaN();
        continue;
      }
      assertThat(below).isLessThanOrEqualTo(x);
      assertThat(above).isGreaterThanOrEqualTo(x);
      // The nearest fp16 is one of the two, so no other lies between.
      assertThat(Float.float16ToFloat(Float.floatToFloat16(x))).isIn(below, above);
      assertThat(Float.float16ToFloat(Numbers.halfBelow(below))).isEqualTo(below);
      assertThat(Float.float16ToFloat(Numbers.halfAbove(below))).isEqualTo(below);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16})
  void theBoundIsABound(int page) {
    Random random = Seed.random("bound", page);
    int dim = 64;
    int tokens = 83;
    float[][] keys = Keys.OUTLIERS.rows(random, tokens, dim);
    float[] query = Keys.row(random, dim);
    Quantizer quantizer = STAGES.stage(Quantizer.class, "page-min-max(page=" + page + ")");
    Distance distance = STAGES.stage(Distance.class, "page-bound");
    int pages = (tokens + page - 1) / page;
    MemorySegment codes = MemorySegment.ofArray(new byte[pages * quantizer.codeBytes(dim)]);
    float[] flat = new float[tokens * dim];
    for (int i = 0; i < tokens; i++) {
      System.arraycopy(keys[i], 0, flat, i * dim, dim);
    }
    quantizer.encode(MemorySegment.ofArray(flat), tokens, dim, codes);
    MemorySegment prepared = MemorySegment.ofArray(new byte[distance.queryBytes(quantizer, dim)]);
    distance.prepareQuery(quantizer, MemorySegment.ofArray(query), dim, prepared);
    float[] scores = new float[pages];
    distance.score(quantizer, prepared, codes, pages, dim, MemorySegment.ofArray(scores));
    for (int i = 0; i < tokens; i++) {
      double product = 0;
      for (int j = 0; j < dim; j++) {
        product += (double) query[j] * keys[i][j];
      }
      assertThat(-(double) scores[i / page]).isGreaterThanOrEqualTo(product - 1e-3);
    }
  }
}
