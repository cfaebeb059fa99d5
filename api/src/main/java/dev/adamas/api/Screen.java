package dev.adamas.api;

/**
 * Which pages of codes are scanned at all, so that the scan itself becomes small at long contexts.
 */
public sealed interface Screen {

  /** Every code is scanned. */
  record None() implements Screen {}

  /**
   * Pages are ranked by an upper bound on their keys' products with the query; only the best are
   * scanned.
   *
   * @param pageTokens tokens per screened page
   * @param fraction share of the complete pages that is scanned, above 0, at most 1
   */
  record Pages(int pageTokens, double fraction) implements Screen {
    /** Refuses an empty page and a share outside (0, 1]. */
    public Pages {
      if (pageTokens < 1 || !(fraction > 0 && fraction <= 1)) {
        throw new IllegalArgumentException(
            "Page screening needs pages of at least 1 token and a share above 0 and at most 1, not "
                + pageTokens
                + " and "
                + fraction
                + ".");
      }
    }
  }
}
