package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DifferenceTest {

  @Test
  void isTheUsualIntervalForEqualWeights() {
    // mean 2, standard deviation 1, t(2) = 4.302653
    Difference d = Difference.of(new double[] {1, 2, 3}, new double[] {5, 5, 5});
    assertThat(d.mean()).isEqualTo(2);
    assertThat(d.halfWidth()).isCloseTo(4.302653 / Math.sqrt(3), within(1e-5));
    assertThat(d.pairs()).isEqualTo(3);
  }

  @Test
  void weighsPairs() {
    // mean 1/2, weighted deviations -1/2, 0, 1/2 and error sqrt(1/2 * 3/2) / 4, t(2) = 4.302653
    Difference d = Difference.of(new double[] {0, 0.5, 1}, new double[] {1, 2, 1});
    assertThat(d.mean()).isEqualTo(0.5);
    assertThat(d.halfWidth()).isCloseTo(4.302653 * Math.sqrt(0.75) / 4, within(1e-5));
    assertThat(d.low()).isCloseTo(0.5 - 0.931551, within(1e-5));
  }

  @Test
  void hasNoIntervalForFewerThanThreePairs() {
    Difference one = Difference.of(new double[] {-1}, new double[] {1});
    assertThat(one.mean()).isEqualTo(-1);
    assertThat(one.hasInterval()).isFalse();
    Difference two = Difference.of(new double[] {-1, 0}, new double[] {1, 1});
    assertThat(two.mean()).isEqualTo(-0.5);
    assertThat(two.pairs()).isEqualTo(2);
    assertThat(two.hasInterval()).isFalse();
  }

  @Test
  void hasNoWidthWherePairsAgree() {
    assertThat(Difference.of(new double[] {0, 0, 0}, new double[] {1, 1, 1}).halfWidth()).isZero();
  }
}
