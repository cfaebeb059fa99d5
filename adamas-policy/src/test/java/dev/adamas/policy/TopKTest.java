package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Selector;
import dev.adamas.it.fixtures.Seed;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopKTest {

  private static final Selector TOP_K = Rows.STAGES.stage(Selector.class, "top-k");

  private static int[] select(Random random, float[] scores, int budget) {
    MemorySegment selected =
        Rows.segment(random, (long) Math.min(budget, scores.length) * Integer.BYTES);
    int count = TOP_K.select(Rows.segment(random, scores), scores.length, budget, selected);
    int[] ordinals = new int[count];
    for (int i = 0; i < count; i++) {
      ordinals[i] = selected.get(Buffers.INT, (long) i * Integer.BYTES);
    }
    return ordinals;
  }

  /** By score, NaN last, -0 equal to 0, then by position. */
  private static int[] expected(float[] scores, int budget) {
    Comparator<Integer> byScore =
        (a, b) -> scores[a] == scores[b] ? 0 : Double.compare(scores[a] + 0.0, scores[b] + 0.0);
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(byScore.thenComparing(Comparator.naturalOrder()))
        .limit(budget)
        .mapToInt(i -> i)
        .sorted()
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 127, 1023, 1024, 1025, 4097})
  void selectsTheSmallestInOrder(int count) {
    Random random = Seed.random("top-k", count);
    float[] special = {
      0f,
      -0f,
      Float.NaN,
      -Float.NaN,
      Float.intBitsToFloat(0x7f800001),
      Float.NEGATIVE_INFINITY,
      Float.POSITIVE_INFINITY,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.MAX_VALUE,
      -Float.MAX_VALUE
    };
    for (int round = 0; round < 12; round++) {
      float[] scores = new float[count];
      for (int i = 0; i < count; i++) {
        scores[i] =
            switch (round % 4) {
              case 0 -> random.nextInt(5);
              case 1 -> (float) random.nextGaussian();
              case 2 -> special[random.nextInt(special.length)];
              default -> random.nextInt(10) == 0 ? Float.NaN : -random.nextFloat(1e6f);
            };
      }
      int[] budgets = {1, 2, count / 2 + 1, count - 1, count, count + 1, 1 + random.nextInt(count)};
      for (int budget : budgets) {
        if (budget >= 1) {
          assertThat(select(random, scores, budget))
              .as("budget %d of %s", budget, Arrays.toString(scores))
              .isEqualTo(expected(scores, budget));
        }
      }
    }
  }
}
