package dev.adamas.cli;

import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapFigures;
import dev.adamas.engine.SwapOutcome;
import dev.adamas.engine.SwapState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What became of a change of policy.
 *
 * @param requestedAt generated tokens when it was asked for
 * @param changedAt generated tokens that the policy before has decoded; empty where it never came
 * @param outcome {@code completed}, {@code failed}, {@code rolled back} or {@code cancelled};
 *     {@code running} where the text ended first
 * @param state what it did last
 * @param reason why it failed or was rolled back; else empty
 * @param pauseMs time for which the sequence waited at the change
 * @param builtTokens tokens brought into indexes in the background, summed over layers
 * @param buildGBPerSecond keys and values read for that
 * @param statesMs time in each state
 */
record SwapReport(
    String policy,
    int requestedAt,
    Optional<Integer> changedAt,
    String outcome,
    String state,
    String reason,
    double pauseMs,
    long builtTokens,
    double buildGBPerSecond,
    Map<String, Double> statesMs) {

  /**
   * Of a swap of one sequence.
   *
   * @param promptTokens cached tokens before the first generated one
   */
  static SwapReport of(Swap swap, int requestedAt, int promptTokens) {
    Optional<SwapFigures> figures = swap.figures().stream().findFirst();
    Map<String, Double> states = new LinkedHashMap<>();
    for (Map.Entry<SwapState, Duration> entry : swap.timings().entrySet()) {
      states.put(name(entry.getKey()), millis(entry.getValue()));
    }
    Optional<SwapOutcome> outcome = swap.outcome();
    return new SwapReport(
        swap.policy(),
        requestedAt,
        figures.filter(SwapFigures::changed).map(f -> f.token() - promptTokens),
        outcome.map(SwapReport::word).orElse("running"),
        name(swap.state()),
        outcome.map(SwapReport::reason).orElse(""),
        figures.map(f -> millis(f.pause())).orElse(0.0),
        figures.map(SwapFigures::builtTokens).orElse(0L),
        figures.map(f -> f.bytesPerSecond() / 1e9).orElse(0.0),
        states);
  }

  /** A state's name as it is printed. */
  static String name(SwapState state) {
    return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double millis(Duration duration) {
    return duration.toNanos() / 1e6;
  }

  private static String word(SwapOutcome outcome) {
    return switch (outcome) {
      case SwapOutcome.Completed _ -> "completed";
      case SwapOutcome.Failed _ -> "failed";
      case SwapOutcome.RolledBack _ -> "rolled back";
      case SwapOutcome.Cancelled _ -> "cancelled";
    };
  }

  private static String reason(SwapOutcome outcome) {
    return switch (outcome) {
      case SwapOutcome.Failed(SwapState _, String why) -> why;
      case SwapOutcome.RolledBack(String why) -> why;
      case SwapOutcome.Completed _, SwapOutcome.Cancelled _ -> "";
    };
  }

  /** One line for people. */
  String line() {
    String times =
        statesMs.entrySet().stream()
            .map(e -> String.format(Locale.ROOT, "%s %.2f ms", e.getKey(), e.getValue()))
            .collect(Collectors.joining(", "));
    String what =
        changedAt
            .map(
                token ->
                    String.format(
                        Locale.ROOT,
                        "changed to %s after token %d (asked for at %d, pause %.3f ms)",
                        policy,
                        token,
                        requestedAt,
                        pauseMs))
            .orElseGet(
                () ->
                    "asked for %s at token %d, which did not change"
                        .formatted(policy, requestedAt));
    return "Swap: %s; %s%s; %s."
        .formatted(
            what,
            outcome.equals("running") ? "in state " + state : outcome,
            reason.isEmpty() ? "" : ": " + reason.replaceFirst("\\.$", ""),
            times);
  }

  static List<String> states() {
    return List.of(SwapState.values()).stream().map(SwapReport::name).toList();
  }
}
