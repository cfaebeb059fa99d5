package dev.adamas.eval.report;

/**
 * A policy against full attention on the same prompts, with a 95 % interval from the differences
 * pair by pair: the variation between prompts, which is the same for both, is not in it.
 *
 * @param mean the mean difference, policy minus full; in nats (of {@code ln} of the ratio) for
 *     perplexities and speed-ups, else in the unit of the score
 * @param halfWidth of the interval around the mean; infinite for fewer than {@value #FEWEST} pairs
 * @param pairs prompts that both have answered, at least 1
 */
public record Difference(double mean, double halfWidth, int pairs) {

  /**
   * The fewest pairs that say anything about their spread: Student's interval of two is as wide as
   * 13 standard errors.
   */
  static final int FEWEST = 3;

  /** The interval's lower end. */
  public double low() {
    return mean - halfWidth;
  }

  /** The interval's upper end. */
  public double high() {
    return mean + halfWidth;
  }

  /** Whether there are enough pairs for an interval. */
  public boolean hasInterval() {
    return Double.isFinite(halfWidth);
  }

  /**
   * The weighted mean of differences with Student's t interval. With equal weights it is the usual
   * one; with others the error is that of the ratio of two sums.
   *
   * @param differences of each pair, at least one
   * @param weights of each pair, positive
   */
  static Difference of(double[] differences, double[] weights) {
    int n = differences.length;
    double weightSum = 0;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      weightSum += weights[i];
      sum += weights[i] * differences[i];
    }
    double mean = sum / weightSum;
    if (n < FEWEST) {
      return new Difference(mean, Double.POSITIVE_INFINITY, n);
    }
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double deviation = weights[i] * (differences[i] - mean);
      squares += deviation * deviation;
    }
    double error = Math.sqrt(squares * n / (n - 1)) / weightSum;
    return new Difference(mean, StudentT.quantile975(n - 1) * error, n);
  }
}
