package dev.adamas.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Runs checks over something that is wrong on purpose. */
final class Mutants {

  private Mutants() {}

  /**
   * Expects one check to catch it.
   *
   * @param by the check that is made for it
   * @param mayAlso checks whose business it is too, or may be, depending on the random data
   */
  static void caught(List<Check> checks, String by, String... mayAlso) {
    Set<String> failed = new TreeSet<>();
    StringBuilder reasons = new StringBuilder();
    for (Check check : checks) {
      if (check.run() instanceof Check.Outcome.Failed(String reason, Throwable _)) {
        failed.add(check.name());
        reasons.append("\n  ").append(check.name()).append(": ").append(reason);
      }
    }
    assertThat(failed).as("checks that fail:%s", reasons).contains(by);
    failed.remove(by);
    assertThat(Arrays.asList(mayAlso))
        .as("checks that may fail beside %s:%s", by, reasons)
        .containsAll(failed);
  }

  /** Expects that nothing is wrong. */
  static void allPass(List<Check> checks) {
    for (Check check : checks) {
      assertThat(check.run()).as(check.name()).isNotInstanceOf(Check.Outcome.Failed.class);
    }
  }
}
