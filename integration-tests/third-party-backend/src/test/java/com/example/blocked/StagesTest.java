package com.example.blocked;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the plugin's own stages compute, against their definitions. */
class StagesTest {

  private static final int DIM = 48;

  private static float[] row(long seed) {
    Random random = new Random(seed);
    float[] row = new float[DIM];
    for (int j = 0; j < DIM; j++) {
      row[j] = (float) random.nextGaussian();
    }
    return row;
  }

  private static float score(int rank, float[] query, float[] key) {
    Quantizer int8 = new Int8();
    SparseQuery distance = new SparseQuery(rank);
    MemorySegment code = MemorySegment.ofArray(new byte[int8.codeBytes(DIM)]);
    int8.encode(MemorySegment.ofArray(key), 1, DIM, code);
    MemorySegment prepared = MemorySegment.ofArray(new byte[distance.queryBytes(int8, DIM)]);
    distance.prepareQuery(int8, MemorySegment.ofArray(query), DIM, prepared);
    MemorySegment score = MemorySegment.ofArray(new float[1]);
    distance.score(int8, prepared, code, 1, DIM, score);
    return score.get(Layouts.FLOAT, 0);
  }

  @Test
  void codesGiveKeysBackWithinHalfAStep() {
    Quantizer int8 = new Int8();
    float[] key = row(1);
    MemorySegment code = MemorySegment.ofArray(new byte[int8.codeBytes(DIM)]);
    float[] decoded = new float[DIM];
    int8.encode(MemorySegment.ofArray(key), 1, DIM, code);
    int8.decode(code, 1, DIM, MemorySegment.ofArray(decoded));
    float step = code.get(Layouts.FLOAT, DIM);
    for (int j = 0; j < DIM; j++) {
      assertThat(decoded[j]).isCloseTo(key[j], within(0.501f * step));
    }
  }

  @Test
  void scoresAreTheProductOfTheLargestCoordinates() {
    float[] query = row(2);
    float[] key = row(3);
    double[] products = new double[DIM];
    Integer[] order = new Integer[DIM];
    for (int j = 0; j < DIM; j++) {
      order[j] = j;
      products[j] = (double) query[j] * key[j];
    }
    java.util.Arrays.sort(order, java.util.Comparator.comparingDouble(j -> -Math.abs(query[j])));
    for (int rank : new int[] {1, 5, 24, DIM, 1000}) {
      double expected = 0;
      for (int i = 0; i < Math.min(rank, DIM); i++) {
        expected += products[order[i]];
      }
      assertThat((double) -score(rank, query, key)).isCloseTo(expected, within(0.02 * DIM / 4));
    }
  }

  @Test
  void infiniteAndInvalidKeysRankLast() {
    float[] key = row(4);
    key[7] = Float.POSITIVE_INFINITY;
    assertThat(score(8, row(5), key)).isNaN();
    key[7] = Float.NaN;
    assertThat(score(8, row(5), key)).isNaN();
    assertThat(score(8, row(5), new float[DIM])).isZero();
  }

  @Test
  void otherCodesAreRefusedInOneSentence() {
    Pipeline good = ((Sparq) Plugin.COMPONENTS.policy("sparq")).sparse().pipeline();
    Quantizer bucket = (Quantizer) Plugin.COMPONENTS.stage(Quantizer.class, "bucket");
    assertThatThrownBy(
            () -> new Pipeline(good.transform(), bucket, good.distance(), good.selector()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sparse-query@1 reads codes of int8@1, not of bucket@1");
  }
}
