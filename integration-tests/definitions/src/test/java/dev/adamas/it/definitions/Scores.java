package dev.adamas.it.definitions;

/**
 * A score per code in double precision, smaller is better, and how far rounding to float32 may have
 * moved it in a backend. A slack of 0 means that the score is exact.
 */
final class Scores {

  private final double[] value;
  private final double[] slack;

  Scores(int count) {
    this.value = new double[count];
    this.slack = new double[count];
  }

  double[] value() {
    return value;
  }

  double[] slack() {
    return slack;
  }

  int count() {
    return value.length;
  }

  /** One selection for several heads: the smallest of their scores, each times its step. */
  static Scores shared(Scores[] heads, double[] steps, boolean exact) {
    Scores combined = new Scores(heads[0].count());
    for (int i = 0; i < combined.count(); i++) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.POSITIVE_INFINITY;
      for (int head = 0; head < heads.length; head++) {
        double value = heads[head].value[i] * steps[head];
        double slack = heads[head].slack[i] * steps[head] + (exact ? 0 : 1e-5 * Math.abs(value));
        low = Math.min(low, value - slack);
        high = Math.min(high, value + slack);
      }
      combined.value[i] = (low + high) / 2;
      combined.slack[i] = (high - low) / 2;
    }
    return combined;
  }
}
