package dev.adamas.policy;

/**
 * The value that each bucket stands for: small integers times a unit, in sigmas. Integers keep dot
 * products of codes exact.
 *
 * <p>The default levels are those of the Lloyd–Max quantiser of a Gaussian, within 0.1 % at 2 bits;
 * odd levels are evenly spaced.
 */
final class Levels {

  /** One level per code, ascending; {@code values[c] = -values[last - c]}. */
  final int[] values;

  /** Sigmas that one integer step is worth. */
  final float unit;

  private Levels(float unit, int... values) {
    this.values = values;
    this.unit = unit;
  }

  /** Levels of {@code bits}, 1 to 3. */
  static Levels of(int bits, boolean odd) {
    return switch (bits) {
      case 1 -> new Levels(0.798f, -1, 1);
      case 2 ->
          odd
              ? new Levels((float) (1.5104 / 3), -3, -1, 1, 3)
              : new Levels(0.15104f, -10, -3, 3, 10);
      case 3 ->
          odd
              ? new Levels((float) (2.152 / 7), -7, -5, -3, -1, 1, 3, 5, 7)
              : new Levels(0.12f, -18, -11, -6, -2, 2, 6, 11, 18);
      default -> throw new IllegalArgumentException("bucket@1 has 1 to 3 bits, not " + bits + ".");
    };
  }
}
