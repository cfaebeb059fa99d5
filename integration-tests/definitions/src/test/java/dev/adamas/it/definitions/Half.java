package dev.adamas.it.definitions;

/** fp16 as a set of numbers: 10 fraction bits, exponents from -14 to 15. */
final class Half {

  private Half() {}

  /** Distance between neighbouring fp16 at {@code x}. */
  static double ulp(double x) {
    return Math.scalb(1.0, Math.max(Math.getExponent(x), -14) - 10);
  }

  /** The nearest fp16, ties to even. */
  static double nearest(double x) {
    return Math.rint(x / ulp(x)) * ulp(x);
  }

  static double below(double x) {
    return Math.floor(x / ulp(x)) * ulp(x);
  }

  static double above(double x) {
    return Math.ceil(x / ulp(x)) * ulp(x);
  }

  /** How far {@code x} is from the middle of its two neighbours. */
  static double distanceToMiddle(double x) {
    return Math.abs(x - (below(x) + ulp(x) / 2));
  }
}
