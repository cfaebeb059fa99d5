package dev.adamas.it.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.it.fixtures.TestCache;
import java.util.TreeSet;

/** Compares what a backend did with scores in double precision. */
final class SelectionCheck {

  private SelectionCheck() {}

  /**
   * Checks selected tokens: as many codes as the budget holds, whole, forced ones among them, and
   * the others the best by score, then position. Codes whose score is exact are compared exactly;
   * others may be exchanged within their slack.
   */
  static void check(
      String where,
      int[] tokens,
      Scores scores,
      int rowsPerCode,
      int visible,
      int budget,
      int sinks,
      int recent) {
    boolean[] in = new boolean[scores.count()];
    TreeSet<Integer> expanded = new TreeSet<>();
    for (int token : tokens) {
      in[token / rowsPerCode] = true;
    }
    int codes = 0;
    for (int code = 0; code < in.length; code++) {
      if (in[code]) {
        codes++;
        for (int t = code * rowsPerCode; t < Math.min(visible, (code + 1) * rowsPerCode); t++) {
          expanded.add(t);
        }
      }
    }
    assertThat(tokens).as(where).isEqualTo(expanded.stream().mapToInt(i -> i).toArray());
    assertThat(codes).as(where).isEqualTo(Math.min(in.length, budget / rowsPerCode));

    int worstIn = -1;
    int bestOut = -1;
    double worstInBound = Double.NEGATIVE_INFINITY;
    double bestOutBound = Double.POSITIVE_INFINITY;
    for (int code = 0; code < in.length; code++) {
      boolean forced =
          code * rowsPerCode < sinks
              || (recent > 0 && Math.min(visible, (code + 1) * rowsPerCode) > visible - recent);
      double value = scores.value()[code];
      double slack = scores.slack()[code];
      if (forced) {
        assertThat(in[code]).as("forced code %d, %s", code, where).isTrue();
      } else if (in[code]) {
        worstInBound = Math.max(worstInBound, value - slack);
        if (slack == 0 && (worstIn < 0 || value >= scores.value()[worstIn])) {
          worstIn = code;
        }
      } else {
        bestOutBound = Math.min(bestOutBound, value + slack);
        if (slack == 0 && (bestOut < 0 || value < scores.value()[bestOut])) {
          bestOut = code;
        }
      }
    }
    assertThat(worstInBound).as(where).isLessThanOrEqualTo(bestOutBound);
    if (worstIn >= 0 && bestOut >= 0) {
      double in0 = scores.value()[worstIn];
      double out0 = scores.value()[bestOut];
      assertThat(in0 < out0 || (in0 == out0 && worstIn < bestOut))
          .as(
              "code %d (score %s) was taken before code %d (score %s), %s",
              worstIn, in0, bestOut, out0, where)
          .isTrue();
    }
  }

  /** Checks the attention over the given tokens. */
  static void checkOutput(
      String where, float[] output, float[] query, TestCache cache, int kvHead, int[] tokens) {
    double[] logits = new double[tokens.length];
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < tokens.length; i++) {
      float[] key = cache.key(tokens[i], kvHead);
      for (int j = 0; j < key.length; j++) {
        logits[i] += (double) query[j] * key[j];
      }
      logits[i] *= cache.shape().softmaxScale();
      max = Math.max(max, logits[i]);
    }
    double total = 0;
    double[] expected = new double[query.length];
    for (int i = 0; i < tokens.length; i++) {
      double weight = Math.exp(logits[i] - max);
      total += weight;
      float[] value = cache.value(tokens[i], kvHead);
      for (int j = 0; j < expected.length; j++) {
        expected[j] += weight * value[j];
      }
    }
    for (int j = 0; j < expected.length; j++) {
      // float32 sums of a few thousand weights.
      assertThat((double) output[j])
          .as(where)
          .isCloseTo(expected[j] / total, org.assertj.core.api.Assertions.within(2e-4));
    }
  }
}
