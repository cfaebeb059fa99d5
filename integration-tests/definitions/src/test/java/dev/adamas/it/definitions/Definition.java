package dev.adamas.it.definitions;

import java.util.Optional;

/**
 * What a selecting policy computes for one KV head, from the formulas, in double precision and
 * without any of the stages.
 */
interface Definition {

  /** Tokens per code. */
  default int rowsPerCode() {
    return 1;
  }

  /** Whether rows [0, calibrationLength) are needed first. */
  default boolean needsCalibration() {
    return false;
  }

  /**
   * Looks at the stored keys of one KV head.
   *
   * @param keys {@code [tokens][dim]}
   * @param calibration rows that are measured
   */
  Head head(double[][] keys, int calibration);

  /** One KV head. */
  interface Head {
    /**
     * Scores every code.
     *
     * @return empty where rounding in the query itself could change many scores; try another query
     */
    Optional<Scores> scores(double[] query);

    /**
     * Scores every token once more, by what its key's code misses, too; the miss has a sign per
     * coordinate and one scale.
     *
     * @param scores what {@link #scores} gives for the query
     */
    default Scores refined(double[] query, Scores scores) {
      throw new UnsupportedOperationException("Only codes miss something.");
    }

    /** The logit that one unit of score is worth, 1 for ranks. */
    double step(double[] query);

    /** The part of the logit that is the same for all keys. */
    default double offset(double[] query) {
      return 0;
    }
  }

  /**
   * The orthonormal Walsh–Hadamard matrix, padded to a power of two, straight from its definition.
   */
  static double[] hadamard(double[] x) {
    int size = 1;
    while (size < x.length) {
      size *= 2;
    }
    double[] y = new double[size];
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (int j = 0; j < x.length; j++) {
        sum += (Integer.bitCount(i & j) & 1) == 0 ? x[j] : -x[j];
      }
      y[i] = sum / Math.sqrt(size);
    }
    return y;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  /** {@code Σ |a_j b_j|}, what rounding errors of a product are relative to. */
  static double magnitude(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += Math.abs(a[j] * b[j]);
    }
    return sum;
  }
}
