package dev.adamas.engine;

import java.time.Duration;
import java.util.stream.Collectors;

/** The example of the package documentation, compiled and run by {@link SwapExampleTest}. */
final class SwapExample {

  private SwapExample() {}

  // @start region="swap"
  /** Lets a sequence go on with another policy, if that one sees what matters. */
  static String change(Engine engine, Session session, Runnable decodeOneToken)
      throws InterruptedException {
    SwapOptions options =
        SwapOptions.tokenBoundary(session)
            .withShadow(new SwapOptions.Shadow(16, 0.0, 0.1)) // 16 steps, at least 10 % of the mass
            .withGrace(32);
    Swap swap = engine.swap("quest(budget=64)", options);

    // The host decodes as ever; the change comes between two of its steps.
    for (int token = 0; token < 5000 && swap.outcome().isEmpty(); token++) {
      decodeOneToken.run();
    }
    return switch (swap.await(Duration.ofSeconds(10)).orElseThrow()) {
      case SwapOutcome.Completed() ->
          swap.figures().stream()
              .map(f -> "%s left at token %d".formatted(f.from(), f.token()))
              .collect(Collectors.joining());
      case SwapOutcome.Failed(SwapState state, String reason) -> state + ": " + reason;
      case SwapOutcome.RolledBack(String reason) -> reason;
      case SwapOutcome.Cancelled(SwapState state) -> "cancelled at " + state;
    };
  }
  // @end
}
