package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SelectSmallestTest {

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SelectSmallest selection = new SelectSmallest();

  @Test
  void findsTheSmallestOfAnyScores() {
    check("integers with many ties", i -> random.nextInt(9));
    check("floats", i -> random.nextGaussian());
    check("wide range", i -> Math.scalb(random.nextGaussian(), random.nextInt(200) - 100));
    check("all equal", i -> 7);
    check("falling", i -> -i);
    check("rising", i -> i);
    check("zeros of both signs", i -> random.nextBoolean() ? 0.0 : -0.0);
    check(
        "specials",
        i ->
            switch (random.nextInt(5)) {
              case 0 -> Double.NaN;
              case 1 -> Double.POSITIVE_INFINITY;
              case 2 -> Double.NEGATIVE_INFINITY;
              default -> random.nextInt(4) - 2;
            });
    check("all NaN", i -> Double.NaN);
  }

  private void check(String what, IntToDoubleFunction source) {
    for (int count : new int[] {1, 2, 3, 63, 64, 65, 127, 1000, 1024, 1025, 4097}) {
      float[] scores = new float[count];
      for (int i = 0; i < count; i++) {
        scores[i] = (float) source.applyAsDouble(i);
      }
      for (int k : new int[] {1, 2, (count + 1) / 2, count, 1 + random.nextInt(count)}) {
        int wanted = Math.min(k, count);
        int[] expected = expected(scores, wanted);
        String where = "%s, %d of %d, seed %d".formatted(what, wanted, count, seed);
        assertThat(select(scores, wanted, Float.POSITIVE_INFINITY)).as(where).isEqualTo(expected);
        float limit = selection.quantile(scores, 0, count, wanted);
        assertThat(select(scores, wanted, limit)).as("%s, limited", where).isEqualTo(expected);
        checkParts(scores, wanted, 1 + random.nextInt(wanted), where);
      }
    }
  }

  private void checkParts(float[] scores, int k, int first, String where) {
    int[] best = new int[first + Lanes.L];
    int[] others = new int[k - first + Lanes.L];
    offer(scores, k, Float.POSITIVE_INFINITY);
    assertThat(selection.size()).as(where).isEqualTo(k);
    assertThat(selection.split(first, best, others)).as(where).isEqualTo(first);
    int[] expected = expected(scores, first);
    assertThat(Arrays.copyOf(best, first)).as("first %d, %s", first, where).isEqualTo(expected);
    assertThat(Arrays.copyOf(others, k - first))
        .as("after the first %d, %s", first, where)
        .isEqualTo(
            Arrays.stream(expected(scores, k))
                .filter(i -> Arrays.binarySearch(expected, i) < 0)
                .toArray());
  }

  /** By the definition: sorted by score, NaN last, then by position. */
  private static int[] expected(float[] scores, int k) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingDouble(i -> scores[i] + 0.0f)
                .thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .mapToInt(i -> i)
        .sorted()
        .toArray();
  }

  private int[] select(float[] scores, int k, float limit) {
    offer(scores, k, limit);
    int count = selection.finish();
    return Arrays.copyOf(selection.positions(), count);
  }

  private void offer(float[] scores, int k, float limit) {
    selection.begin(k, limit);
    for (int from = 0; from < scores.length; from += SparseIndex.CHUNK) {
      selection.offer(scores, from, Math.min(SparseIndex.CHUNK, scores.length - from), from);
    }
    assertThat(selection.isComplete()).isTrue();
  }

  @Test
  void isIncompleteWhereTheLimitIsTooLow() {
    float[] scores = {3, 1, 2, 5};
    selection.begin(3, 2);
    selection.offer(scores, 0, 4, 0);
    assertThat(selection.isComplete()).isFalse();
  }
}
