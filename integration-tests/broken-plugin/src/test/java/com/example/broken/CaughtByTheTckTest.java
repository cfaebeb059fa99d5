package com.example.broken;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.tck.BackendChecks;
import dev.adamas.tck.Check;
import dev.adamas.tck.Components;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which check finds what is wrong with the backend. */
class CaughtByTheTckTest {

  private static final Components COMPONENTS =
      Components.builtIn().with(List.of(new BrokenProvider()));

  private static List<Check> checks(String options) {
    AttentionPolicy policy = COMPONENTS.policy("faulty(" + options + ")");
    return BackendChecks.of(() -> COMPONENTS.backend("faulty"), List.of(policy));
  }

  private static Check.Outcome run(String options, String name) {
    return checks(options).stream()
        .filter(check -> check.name().equals(name))
        .findFirst()
        .orElseThrow()
        .run();
  }

  @ParameterizedTest
  @CsvSource({
    "fault=ties,                 same-selection,    selected",
    "fault=retains,              retains-nothing,   ",
    "'fault=throws,step=100',    swap-equivalence,  broke at its step",
    "fault=leaks,                leaves-no-thread,  left by the faulty backend",
  })
  void theCheckFailsAndSaysWhy(String options, String check, String reason) {
    assertThat(run(options, check)).isInstanceOf(Check.Outcome.Failed.class);
    Check.Outcome.Failed failed = (Check.Outcome.Failed) run(options, check);
    assertThat(failed.reason()).contains(reason == null ? "" : reason);
    // It is the fault that is found, and not the plugin.
    assertThat(run("fault=none", check)).isInstanceOf(Check.Outcome.Passed.class);
  }

  @Test
  void withoutAFaultEveryCheckPasses() {
    assertThat(checks("fault=none"))
        .allSatisfy(
            check ->
                assertThat(check.run())
                    .as(check.name())
                    .isNotInstanceOf(Check.Outcome.Failed.class));
  }

  @AfterEach
  void endLeakedThreads() {
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(FaultyBackend.THREAD))
        .forEach(Thread::interrupt);
  }
}
