package dev.adamas.tck.junit;

import dev.adamas.tck.Check;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Runs checks as JUnit tests. */
final class Run {

  private Run() {}

  static void named(List<Check> checks, String name) {
    Check check =
        checks.stream()
            .filter(c -> c.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("There is no check '" + name + "'."));
    check(check);
  }

  static void check(Check check) {
    switch (check.run()) {
      case Check.Outcome.Passed _ -> {}
      case Check.Outcome.Skipped(String reason) -> Assumptions.abort(reason);
      case Check.Outcome.Failed(String reason, Throwable cause) ->
          Assertions.fail(
              "%s: %s%nWhat it must do: %s".formatted(check.name(), reason, check.proves()), cause);
    }
  }
}
