package dev.adamas.eval.report;

/** Where values of an axis lie. */
sealed interface Scale {

  /** 0 at the axis's start, 1 at its end. */
  double at(double value);

  /** Equal steps for equal differences. */
  record Linear(double min, double max) implements Scale {
    @Override
    public double at(double value) {
      return (value - min) / (max - min);
    }
  }

  /** Equal steps for equal ratios. */
  record Logarithmic(double min, double max) implements Scale {
    @Override
    public double at(double value) {
      return Math.log(value / min) / Math.log(max / min);
    }
  }

  /**
   * Linear around zero and logarithmic beyond, on both sides.
   *
   * @param unit where the one becomes the other
   */
  record Symmetric(double min, double max, double unit) implements Scale {
    @Override
    public double at(double value) {
      double start = bend(min);
      return (bend(value) - start) / (bend(max) - start);
    }

    private double bend(double value) {
      double x = value / unit;
      return Math.signum(x) * Math.log(Math.abs(x) + Math.sqrt(x * x + 1));
    }
  }
}
