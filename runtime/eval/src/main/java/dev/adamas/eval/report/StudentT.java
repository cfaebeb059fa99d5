package dev.adamas.eval.report;

/** Student's t distribution with a whole number of degrees of freedom. */
final class StudentT {

  private StudentT() {}

  /** The value that |t| stays below with probability 0.95. */
  static double quantile975(int freedom) {
    double low = 0;
    double high = 13; // the quantile for one degree of freedom is 12.71
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return middle;
      }
      if (within(middle, freedom) < 0.95) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /**
   * The probability of |t| below a value: a finite sum of powers of a cosine (Abramowitz and Stegun
   * 26.7.3 and 26.7.4).
   */
  static double within(double t, int freedom) {
    double angle = Math.atan(t / Math.sqrt(freedom));
    double square = Math.cos(angle) * Math.cos(angle);
    boolean odd = freedom % 2 == 1;
    double term = odd ? Math.cos(angle) : 1;
    double sum = 0;
    for (int power = odd ? 1 : 0; power <= freedom - 2; power += 2) {
      sum += term;
      term *= square * (power + 1) / (power + 2);
    }
    return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  }
}
