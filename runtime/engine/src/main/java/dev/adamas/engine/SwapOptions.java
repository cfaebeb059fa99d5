package dev.adamas.engine;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a {@link Swap} is done. Immutable; start from {@link #newRequests} or {@link #tokenBoundary}.
 *
 * @param scope what changes
 * @param graceTokens steps for which the old policy is kept; the engine's {@code swap.grace-tokens}
 *     where empty
 * @param timeout from the start to the change; the engine's {@code swap.timeout} where empty
 * @param chunkTokens tokens that are brought into an index in one piece. A sequence that runs on
 *     the same kernel waits for a piece at most, as does an attached one in each of its steps; at
 *     least 1
 * @param warmUps times that each new kernel attends before it is used; from 0
 * @param warmUpTimeout a candidate that needs longer for that is too slow; above 0
 * @param shadow measures the candidate before it takes over; empty for no measurement
 */
public record SwapOptions(
    Scope scope,
    OptionalInt graceTokens,
    Optional<Duration> timeout,
    int chunkTokens,
    int warmUps,
    Duration warmUpTimeout,
    Optional<Shadow> shadow) {

  /** What changes. */
  public sealed interface Scope {

    /** Sessions opened later with the configured policy. */
    record NewRequests() implements Scope {}

    /**
     * Live sequences, each between two of its steps.
     *
     * @param sessions these; where empty, all that follow the configured policy, and sessions
     *     opened later
     */
    record TokenBoundary(List<Session> sessions) implements Scope {
      /** Copies {@code sessions}. */
      public TokenBoundary {
        sessions = List.copyOf(sessions);
      }
    }
  }

  /**
   * A measurement beside the live policy, one layer per step in turn, of the last query row.
   *
   * @param steps how many steps of each sequence; at least 1
   * @param minRecall share of the tokens that the live policy selects and the candidate selects
   *     too, or, where the live policy attends densely, of the tokens with the largest logits, as
   *     many as the candidate selects; mean over the steps, from 0 to 1
   * @param minMass share of the exact attention weight that the candidate's tokens hold, of one
   *     query head per step in turn; mean over the steps, from 0 to 1
   */
  public record Shadow(int steps, double minRecall, double minMass) {
    /** Refuses no steps and shares outside of [0, 1]. */
    public Shadow {
      if (steps < 1) {
        throw new IllegalArgumentException(
            "A shadow run takes at least 1 step, not " + steps + ".");
      }
      if (!(minRecall >= 0 && minRecall <= 1 && minMass >= 0 && minMass <= 1)) {
        throw new IllegalArgumentException(
            "Recall and mass are shares from 0 to 1, not " + minRecall + " and " + minMass + ".");
      }
    }
  }

  private static final int CHUNK_TOKENS = 512;
  private static final int WARM_UPS = 8;
  private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(10);

  /** Refuses values out of range. */
  public SwapOptions {
    if (graceTokens.isPresent() && graceTokens.getAsInt() < 0) {
      throw new IllegalArgumentException(
          "A grace of " + graceTokens.getAsInt() + " tokens is negative; use 0 for none.");
    }
    if (chunkTokens < 1 || warmUps < 0) {
      throw new IllegalArgumentException(
          "A swap needs chunks of at least 1 token and at least 0 warm-ups, not %d and %d."
              .formatted(chunkTokens, warmUps));
    }
    if (!warmUpTimeout.isPositive() || timeout.filter(t -> !t.isPositive()).isPresent()) {
      throw new IllegalArgumentException("The timeouts of a swap must be above 0.");
    }
  }

  /** Sessions that are opened later; those that live stay as they are. */
  public static SwapOptions newRequests() {
    return of(new Scope.NewRequests());
  }

  /** Every live sequence that follows the configured policy, and sessions that are opened later. */
  public static SwapOptions tokenBoundary() {
    return of(new Scope.TokenBoundary(List.of()));
  }

  /** These sequences only. */
  public static SwapOptions tokenBoundary(Collection<Session> sessions) {
    if (sessions.isEmpty()) {
      throw new IllegalArgumentException("Name at least one session to swap.");
    }
    return of(new Scope.TokenBoundary(List.copyOf(sessions)));
  }

  /** This sequence only. */
  public static SwapOptions tokenBoundary(Session session) {
    return tokenBoundary(List.of(session));
  }

  private static SwapOptions of(Scope scope) {
    return new SwapOptions(
        scope,
        OptionalInt.empty(),
        Optional.empty(),
        CHUNK_TOKENS,
        WARM_UPS,
        WARM_UP_TIMEOUT,
        Optional.empty());
  }

  /** The same with another grace, in steps; 0 for none. */
  public SwapOptions withGrace(int tokens) {
    return new SwapOptions(
        scope, OptionalInt.of(tokens), timeout, chunkTokens, warmUps, warmUpTimeout, shadow);
  }

  /** The same with another timeout. */
  public SwapOptions withTimeout(Duration limit) {
    return new SwapOptions(
        scope, graceTokens, Optional.of(limit), chunkTokens, warmUps, warmUpTimeout, shadow);
  }

  /** The same with other pieces. */
  public SwapOptions withChunk(int tokens) {
    return new SwapOptions(scope, graceTokens, timeout, tokens, warmUps, warmUpTimeout, shadow);
  }

  /** The same with another warm-up. */
  public SwapOptions withWarmUp(int times, Duration limit) {
    return new SwapOptions(scope, graceTokens, timeout, chunkTokens, times, limit, shadow);
  }

  /** The same with a measurement before the change. */
  public SwapOptions withShadow(Shadow measurement) {
    return new SwapOptions(
        scope, graceTokens, timeout, chunkTokens, warmUps, warmUpTimeout, Optional.of(measurement));
  }
}
