package dev.adamas.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {

  @ParameterizedTest
  @ValueSource(strings = {"128", "5.0%:64:1024", "top-p:0.9:256"})
  void textRoundTrips(String text) {
    assertThat(Budget.parse(text).text()).isEqualTo(text);
  }

  @Test
  void shortFormsHaveOpenBounds() {
    assertThat(Budget.parse("5%")).isEqualTo(new Budget.Fraction(0.05, 1, Integer.MAX_VALUE));
    assertThat(Budget.parse("top-p:0.9")).isEqualTo(new Budget.TopP(0.9, Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-3",
        "many",
        "5%:64",
        "0%",
        "101%",
        "NaN%",
        "top-p:0",
        "top-p",
        "top-p:0.5:1:1",
        "1:2",
        "9%:8:4"
      })
  void refusesWhatIsNoBudget(String text) {
    assertThatThrownBy(() -> Budget.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limitNeverExceedsTheCacheNorFallsBelowOne() {
    Budget share = new Budget.Fraction(0.1, 8, 64);
    assertThat(share.limit(1)).isEqualTo(1);
    assertThat(share.limit(50)).isEqualTo(8);
    assertThat(share.limit(101)).isEqualTo(11);
    assertThat(share.limit(1 << 20)).isEqualTo(64);
    assertThat(new Budget.Tokens(7).limit(3)).isEqualTo(3);
    assertThat(new Budget.TopP(0.5, 9).limit(100)).isEqualTo(9);
  }

  @Test
  void weightsArePowersOfTwo() {
    assertThat(Budget.TopP.weight(0)).isEqualTo(1 << 30);
    assertThat(Budget.TopP.weight(-1)).isEqualTo(1 << 29);
    for (float power = -20; power < 0; power += 0.01f) {
      double exact = Math.scalb(Math.pow(2, power), 30);
      assertThat((double) Budget.TopP.weight(power)).isCloseTo(exact, within(1 + exact * 1e-6));
    }
    for (float nothing : new float[] {-31, -1e30f, Float.NEGATIVE_INFINITY, Float.NaN}) {
      assertThat(Budget.TopP.weight(nothing)).isZero();
    }
    // A unit of score that is worth a logit of 1.
    assertThat(Budget.TopP.weight(-1 * Budget.TopP.slope(8, 0.125f)) / 0x1p30)
        .isCloseTo(1 / Math.E, within(1e-6));
  }

  @Test
  void aMassIsHeldOnceItIsReached() {
    Budget.TopP half = new Budget.TopP(0.5, 10);
    assertThat(half.holds(499, 1000)).isFalse();
    assertThat(half.holds(500, 1000)).isTrue();
    // Nothing weighs anything: any code will do.
    assertThat(half.holds(0, 0)).isTrue();
  }
}
