package dev.adamas.api;

/** How many cached tokens one query may attend to, sinks and recent tokens included. */
public sealed interface Budget {

  /**
   * A fixed number of tokens.
   *
   * @param tokens at least 1
   */
  record Tokens(int tokens) implements Budget {
    /** Refuses fewer than one token. */
    public Tokens {
      atLeastOne(tokens);
    }
  }

  /**
   * A share of the cached tokens.
   *
   * @param fraction above 0, at most 1
   * @param min tokens granted even where the share is smaller
   * @param max tokens granted at most
   */
  record Fraction(double fraction, int min, int max) implements Budget {
    /** Refuses a share outside (0, 1] and bounds that are not 1 ≤ min ≤ max. */
    public Fraction {
      share(fraction);
      atLeastOne(min);
      if (max < min) {
        throw new IllegalArgumentException(
            "A budget of at least " + min + " and at most " + max + " tokens is empty.");
      }
    }
  }

  /**
   * As many of the best tokens as hold the given share of the estimated attention mass: forced
   * codes first, then by score, ties by position, until {@link #holds} is true of their weight.
   *
   * <p>Weights are whole numbers made by a few operations of float32, so that neither the order of
   * a sum nor the mathematical library decides a selection, and every backend comes to the same
   * one. The weight of a code is {@code weight((best - score) · slope)} in float32, with the
   * smallest score of all visible codes as {@code best}; NaN scores weigh nothing and are no best.
   *
   * @param mass above 0, at most 1
   * @param max tokens granted at most
   */
  record TopP(double mass, int max) implements Budget {

    private static final double LOG2E = 1.4426950408889634;

    /** Refuses a mass outside (0, 1] and a bound below 1. */
    public TopP {
      share(mass);
      atLeastOne(max);
    }

    /**
     * Powers of two per unit of score.
     *
     * @param step the logit that a unit of score is worth before the softmax scale; 1 where scores
     *     have been multiplied by their steps, as those of a shared selection
     */
    public static float slope(float step, float softmaxScale) {
      return (float) ((double) step * softmaxScale * LOG2E);
    }

    /**
     * The weight of a code, {@code 2^30 · 2^power} to six digits, rounded down; 0 from -31 down and
     * for NaN. Multiplications and additions are rounded one by one, not fused.
     *
     * @param power at most 0
     */
    public static int weight(float power) {
      if (!(power > -31f)) {
        return 0;
      }
      float whole = (float) Math.rint(power);
      float f = power - whole;
      float p = 0.0013264708f;
      p = p * f + 0.009671518f;
      p = p * f + 0.05550734f;
      p = p * f + 0.24022242f;
      p = p * f + 0.693147f;
      p = p * f + 1f;
      return (int) (p * Math.scalb(1f, (int) whole + 30));
    }

    /**
     * Whether some codes hold the share.
     *
     * @param held their weights, summed
     * @param total the weights of all visible codes, summed
     */
    public boolean holds(long held, long total) {
      return held >= mass * total;
    }
  }

  /**
   * Tokens that this budget allows at most over {@code length} cached tokens, between 1 and {@code
   * length}.
   */
  default int limit(int length) {
    return switch (this) {
      case Tokens(int tokens) -> Math.min(tokens, length);
      case Fraction(double fraction, int min, int max) ->
          Math.min(length, Math.clamp((long) Math.ceil(fraction * length), min, max));
      case TopP(double mass, int max) -> Math.min(max, length);
    };
  }

  /**
   * Reads a budget: {@code 128} (tokens), {@code 5%} or {@code 5%:64:1024} (share, least, most),
   * {@code top-p:0.9} or {@code top-p:0.9:256} (mass, most).
   *
   * @throws IllegalArgumentException where the text is none of these
   */
  static Budget parse(String text) {
    try {
      String[] parts = text.split(":", -1);
      if (parts[0].equals("top-p") && (parts.length == 2 || parts.length == 3)) {
        return new TopP(
            Double.parseDouble(parts[1]),
            parts.length == 3 ? Integer.parseInt(parts[2]) : Integer.MAX_VALUE);
      }
      if (parts[0].endsWith("%") && (parts.length == 1 || parts.length == 3)) {
        double fraction = Double.parseDouble(parts[0].substring(0, parts[0].length() - 1)) / 100;
        return parts.length == 1
            ? new Fraction(fraction, 1, Integer.MAX_VALUE)
            : new Fraction(fraction, Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
      }
      if (parts.length == 1) {
        return new Tokens(Integer.parseInt(text));
      }
    } catch (NumberFormatException _) {
      // Reported below, with the forms that exist.
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a budget; write 128, 5%, 5%:64:1024, top-p:0.9 or top-p:0.9:256");
  }

  /** The text that {@link #parse} reads. */
  default String text() {
    return switch (this) {
      case Tokens(int tokens) -> Integer.toString(tokens);
      case Fraction(double fraction, int min, int max) -> fraction * 100 + "%:" + min + ":" + max;
      case TopP(double mass, int max) -> "top-p:" + mass + ":" + max;
    };
  }

  private static void atLeastOne(int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException(
          "A budget of " + tokens + " tokens is too small; it must be at least 1.");
    }
  }

  private static void share(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "A budget's share of " + share + " must lie above 0 and at most at 1.");
    }
  }
}
