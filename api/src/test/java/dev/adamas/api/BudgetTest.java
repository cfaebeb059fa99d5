package dev.adamas.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
}
