package dev.adamas.api;

import java.util.Optional;

/**
 * What becomes of the tokens that were not selected. Anything but {@link None} needs a {@link
 * Distance} that estimates the logit.
 */
public sealed interface Tail {

  /** They are ignored. */
  record None() implements Tail {}

  /**
   * Each keeps its estimated weight, with the mean value of its page in place of its own value.
   *
   * @param pageTokens tokens per page, aligned to the cache's positions
   * @param correction whether the tail's mass is scaled by what the estimates missed on the
   *     selected tokens
   * @param residual codes of what the page mean misses, for the next best tokens
   */
  record PageMeans(int pageTokens, boolean correction, Optional<Residual> residual)
      implements Tail {
    /** Refuses an empty page. */
    public PageMeans {
      if (pageTokens < 1) {
        throw new IllegalArgumentException(
            "Tail pages of " + pageTokens + " tokens are empty; use at least 1.");
      }
    }
  }

  /**
   * Value codes of the second tier.
   *
   * @param bits bits per coordinate, 1 to 3
   * @param tokens how many tokens after the selected ones use their value codes
   */
  record Residual(int bits, int tokens) {
    /** Refuses other bit counts and an empty tier. */
    public Residual {
      if (bits < 1 || bits > 3 || tokens < 1) {
        throw new IllegalArgumentException(
            "Residual value codes take 1 to 3 bits and at least 1 token, not "
                + bits
                + " bits and "
                + tokens
                + " tokens.");
      }
    }
  }
}
