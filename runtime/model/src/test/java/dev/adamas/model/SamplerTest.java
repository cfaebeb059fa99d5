package dev.adamas.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.adamas.model.decoder.ModelException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
  /** Probabilities 0.4, 0.3, 0.2 and 0.1 in mixed order, and an impossible token. */
  private static final float[] LOGITS = {
    (float) Math.log(0.2),
    (float) Math.log(0.4),
    Float.NEGATIVE_INFINITY,
    (float) Math.log(0.1),
    (float) Math.log(0.3),
  };

  private static double[] frequencies(SamplerSettings settings) {
    Sampler sampler = Sampler.of(settings);
    double[] counts = new double[LOGITS.length];
    int draws = 20000;
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(LOGITS)] += 1.0 / draws;
    }
    return counts;
  }

  private static void assertFrequencies(SamplerSettings settings, double... expected) {
    double[] actual = frequencies(settings);
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] == 0) {
        assertThat(actual[i]).as("token %d", i).isZero();
      } else {
        // Five standard deviations of 20000 draws.
        assertThat(actual[i]).as("token %d", i).isCloseTo(expected[i], offset(0.018));
      }
    }
  }

  @Test
  void greedyTakesTheFirstOfTheLargest() {
    Sampler sampler = Sampler.of(SamplerSettings.greedy());
    assertThat(sampler.next(new float[] {1, 3, 2, 3})).isEqualTo(1);
    assertThat(sampler.next(new float[] {Float.NaN, -5, Float.NaN, -4})).isEqualTo(3);
  }

  @Test
  void distributionsAreThoseOfTheSettings() {
    SamplerSettings one = SamplerSettings.temperature(1, 7);
    assertFrequencies(one, 0.2, 0.4, 0, 0.1, 0.3);
    assertFrequencies(one.withTopK(2), 0, 4 / 7.0, 0, 0, 3 / 7.0);
    assertFrequencies(one.withTopK(1), 0, 1, 0, 0, 0);
    assertFrequencies(one.withTopP(0.65), 0, 4 / 7.0, 0, 0, 3 / 7.0);
    assertFrequencies(one.withTopP(0.75), 2 / 9.0, 4 / 9.0, 0, 0, 3 / 9.0);
    assertFrequencies(one.withTopP(1e-9), 0, 1, 0, 0, 0);
    assertFrequencies(one.withMinP(0.4), 2 / 9.0, 4 / 9.0, 0, 0, 3 / 9.0);
    // Of the three that top-k leaves, top-p's share is measured among them: 4/9 + 3/9 is enough.
    assertFrequencies(one.withTopK(3).withTopP(0.7), 0, 4 / 7.0, 0, 0, 3 / 7.0);
    double squares = 0.04 + 0.16 + 0.01 + 0.09;
    assertFrequencies(
        SamplerSettings.temperature(0.5, 3),
        0.04 / squares,
        0.16 / squares,
        0,
        0.01 / squares,
        0.09 / squares);
  }

  @Test
  void sameSeedSameTokens() {
    int[][] runs = new int[3][];
    long[] seeds = {11, 11, 12};
    for (int r = 0; r < 3; r++) {
      Sampler sampler = Sampler.of(SamplerSettings.temperature(1, seeds[r]).withTopP(0.95));
      runs[r] = IntStream.range(0, 200).map(i -> sampler.next(LOGITS)).toArray();
    }
    assertThat(runs[1]).isEqualTo(runs[0]);
    assertThat(runs[2]).isNotEqualTo(runs[0]);
  }

  @Test
  void recentTokensArePenalisedOnceAndForgottenAfterTheWindow() {
    float[] logits = {2.0f, 1.9f, -1, -1.1f};
    Sampler sampler = Sampler.of(SamplerSettings.greedy().withRepeatPenalty(1.5, 2));
    assertThat(sampler.next(logits)).isZero();
    assertThat(sampler.next(logits)).isEqualTo(1);
    // 2/1.5 against 1.9/1.5: both still in the window.
    assertThat(sampler.next(logits)).isZero();
    sampler.accept(0);
    // The window holds token 0 twice; a twofold penalty would put it behind 1.9/1.5 and -1.
    float[] close = {2.0f, 1.0f, -1, -1};
    assertThat(sampler.next(close)).isZero();
    sampler.accept(2);
    sampler.accept(2);
    assertThat(sampler.next(new float[] {-1.2f, -9, -1, -9})).isZero();
  }

  @Test
  void unusableLogitsAndSettingsAreRefused() {
    Sampler sampler = Sampler.of(SamplerSettings.temperature(1, 1));
    assertThatThrownBy(() -> sampler.next(new float[] {Float.NaN, Float.NaN}))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("not numbers");
    assertThat(sampler.next(new float[] {1, Float.POSITIVE_INFINITY})).isEqualTo(1);
    assertThatThrownBy(() -> SamplerSettings.temperature(-1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The temperature is -1.0, but a number 0 or more is needed.");
    assertThatThrownBy(() -> SamplerSettings.greedy().withTopP(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("top-p");
    assertThatThrownBy(() -> SamplerSettings.greedy().withMinP(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("min-p");
  }

  @Test
  void theMostLikelyTokensComeWithTheirProbabilities() {
    List<TokenProbability> top = TokenProbability.top(LOGITS, 3);
    assertThat(top.stream().map(TokenProbability::token)).containsExactly(1, 4, 0);
    assertThat(top.get(0).probability()).isCloseTo(0.4, offset(1e-7));
    assertThat(top.get(2).probability()).isCloseTo(0.2, offset(1e-7));
    assertThat(TokenProbability.top(LOGITS, 99)).hasSize(5);
    assertThat(TokenProbability.top(new float[] {1, 1, 1}, 2).stream().map(TokenProbability::token))
        .containsExactly(0, 1);
  }
}
