package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudentTTest {

  /** From printed tables. */
  @ParameterizedTest
  @CsvSource({
    "1, 12.7062",
    "2, 4.30265",
    "3, 3.18245",
    "4, 2.77645",
    "11, 2.20099",
    "19, 2.09302",
    "30, 2.04227",
    "1000, 1.96234"
  })
  void givesTheQuantilesOfTheTables(int freedom, double quantile) {
    assertThat(StudentT.quantile975(freedom)).isCloseTo(quantile, within(1e-5 * quantile));
  }
}
