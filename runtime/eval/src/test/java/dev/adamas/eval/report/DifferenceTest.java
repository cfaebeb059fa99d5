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
    // mean 3/4, weighted deviations -3/4 and 3/4, error sqrt(2 * 9/8) / 4 = 0.375, t(1) = 12.7062
    Difference d = Difference.of(new double[] {0, 1}, new double[] {1, 3});
    assertThat(d.mean()).isEqualTo(0.75);
    assertThat(d.halfWidth()).isCloseTo(12.7062 * 0.375, within(1e-3));
    assertThat(d.low()).isCloseTo(0.75 - 4.7648, within(1e-3));
  }

  @Test
  void hasNoIntervalForOnePair() {
    Difference d = Difference.of(new double[] {-1}, new double[] {1});
    assertThat(d.mean()).isEqualTo(-1);
    assertThat(d.hasInterval()).isFalse();
  }

  @Test
  void hasNoWidthWherePairsAgree() {
    assertThat(Difference.of(new double[] {0, 0, 0}, new double[] {1, 1, 1}).halfWidth()).isZero();
  }
}
