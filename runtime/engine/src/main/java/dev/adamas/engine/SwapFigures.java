package dev.adamas.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What a {@link Swap} did to one sequence.
 *
 * @param session its {@link Session#id}
 * @param from the policy before
 * @param changed whether the new policy has taken over, be it that the sequence went back later
 * @param token cached tokens at the change
 * @param builtTokens tokens brought into indexes in the background, summed over layers
 * @param builtBytes bytes of keys and values that were read for it
 * @param buildTime time spent on it
 * @param pauseTokens tokens brought in while the sequence waited, summed over layers
 * @param pause time for which the sequence waited at the change
 * @param indexBytes bytes of the new indexes at the change
 * @param freedBytes bytes of the indexes that the sequence left, once they are freed
 * @param measured what the shadow run found
 */
public record SwapFigures(
    long session,
    String from,
    boolean changed,
    int token,
    long builtTokens,
    long builtBytes,
    Duration buildTime,
    long pauseTokens,
    Duration pause,
    long indexBytes,
    long freedBytes,
    Optional<Measured> measured) {

  /**
   * What a shadow run found, as means over its steps.
   *
   * @param recall as in {@link SwapOptions.Shadow}
   * @param mass as in {@link SwapOptions.Shadow}
   * @param steps that were measured
   */
  public record Measured(double recall, double mass, int steps) {}

  /** Bytes that were read per second of building; 0 where nothing was built. */
  public double bytesPerSecond() {
    return buildTime.isZero() ? 0 : builtBytes * 1e9 / buildTime.toNanos();
  }
}
