package dev.adamas.it.definitions;

import java.util.Arrays;

/**
 * Rows as codes: a coordinate's code is the number of cuts below it and stands for a level.
 *
 * @param relative whether cuts are multiples of a sigma
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BucketCodes(double[] cuts, boolean relative, int[] levels) {

  static final BucketCodes SIGNS = new BucketCodes(new double[] {0}, true, new int[] {-1, 1});

  static final BucketCodes TWO_BITS =
      new BucketCodes(new double[] {-0.9816, 0, 0.9816}, true, new int[] {-10, -3, 3, 10});

  /**
   * A coded row.
   *
   * @param level what each coordinate's code stands for
   * @param doubt by how much rounding could change that
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Coded(int[] code, double[] level, double[] doubt) {
    int ambiguous() {
      return (int) Arrays.stream(doubt).filter(d -> d > 0).count();
    }
  }

  /**
   * Codes a row.
   *
   * @param tolerance how near to a cut rounding decides
   */
  Coded code(double[] x, double sigma, double tolerance) {
    Coded coded = new Coded(new int[x.length], new double[x.length], new double[x.length]);
    for (int j = 0; j < x.length; j++) {
      for (int k = 0; k < cuts.length; k++) {
        double threshold = relative ? cuts[k] * sigma : cuts[k];
        coded.code[j] += x[j] > threshold ? 1 : 0;
        // Zero rows are exact in any precision.
        if (x[j] != 0 && Math.abs(x[j] - threshold) < tolerance) {
          coded.doubt[j] += levels[k + 1] - levels[k];
        }
      }
      if (relative && sigma == 0 && x[j] == 0) {
        coded.code[j] = cuts.length / 2;
      }
      coded.level[j] = levels[coded.code[j]];
    }
    return coded;
  }

  /** The sigma for which absolute cuts are the best of a Gaussian. */
  double impliedSigma() {
    return Math.max(Math.abs(cuts[0]), Math.abs(cuts[cuts.length - 1]))
        / (cuts.length == 3 ? 0.9816 : 1.748);
  }
}
