package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class WarmUpTest {

  private static final long SECOND = 1_000_000_000L;

  /** Rounds of a second each until it is over, with one thing that never changes beside another. */
  private static int rounds(WarmUp warmUp, IntToDoubleFunction time) {
    for (int round = 0; ; round++) {
      if (warmUp.over(new double[] {4, time.applyAsDouble(round)}, (round + 1) * SECOND)) {
        return warmUp.rounds();
      }
    }
  }

  @Test
  void endsWhenNothingGetsFasterAnyMore() {
    assertThat(rounds(new WarmUp(0, 1000 * SECOND), _ -> 2)).isEqualTo(10);
    // Faster by a tenth every round up to round 20: the ten rounds compared must lie behind it.
    int settled =
        rounds(new WarmUp(0, 1000 * SECOND), round -> 10 * Math.pow(0.9, Math.min(round, 20)));
    assertThat(settled).isBetween(25, 31);
    // Slower is no reason to go on.
    assertThat(rounds(new WarmUp(0, 1000 * SECOND), round -> 1 + round)).isEqualTo(10);
  }

  @Test
  void ignoresNoiseAndSingleRounds() {
    assertThat(
            rounds(
                new WarmUp(0, 1000 * SECOND),
                round -> round % 5 == 1 ? 50 : 10 - 0.2 * (round % 2)))
        .isEqualTo(10);
  }

  @Test
  void keepsToItsTimes() {
    assertThat(rounds(new WarmUp(42 * SECOND, 1000 * SECOND), _ -> 2)).isEqualTo(42);
    assertThat(rounds(new WarmUp(0, 33 * SECOND), round -> Math.pow(0.5, round))).isEqualTo(33);
    assertThat(rounds(new WarmUp(0, SECOND / 2), _ -> 2)).isEqualTo(1);
  }
}
