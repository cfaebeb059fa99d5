package dev.adamas.policy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where one bucket ends and the next begins: multiples of a sigma, or absolute values.
 *
 * <p>{@code code = number of thresholds t with x > t}.
 */
final class Thresholds {

  /** Lloyd–Max threshold of a Gaussian at 2 bits, in sigmas. */
  static final double LLOYD_MAX = 0.9816;

  /** Quartile of a Gaussian, in sigmas: each bucket gets a quarter of the coordinates. */
  private static final double QUARTILE = 0.6745;

  private static final double[] LLOYD_MAX_3_BITS = {0.5006, 1.050, 1.748};

  /** Ascending, {@code 2^bits - 1} of them. */
  private final double[] cuts;

  /** Whether {@link #cuts} are multiples of sigma. */
  final boolean relative;

  private Thresholds(boolean relative, double... cuts) {
    this.relative = relative;
    this.cuts = cuts;
  }

  /** Multiples of sigma; {@code c} is the outer threshold of 2 bits. */
  static Thresholds sigma(int bits, double c) {
    return switch (bits) {
      case 1 -> new Thresholds(true, 0);
      case 2 -> new Thresholds(true, -c, 0, c);
      default -> {
        double[] t = LLOYD_MAX_3_BITS;
        yield new Thresholds(true, -t[2], -t[1], -t[0], 0, t[0], t[1], t[2]);
      }
    };
  }

  /** Four buckets of equal population for Gaussian coordinates. */
  static Thresholds quartile(int bits) {
    if (bits != 2) {
      throw new IllegalArgumentException(
          "bucket@1: thresholds=quartile needs bits=2, not bits="
              + bits
              + "; use thresholds=sigma.");
    }
    return sigma(2, QUARTILE);
  }

  /** Absolute thresholds, {@code -10:0:10}. */
  static Thresholds fixed(int bits, String list) {
    String[] parts = list.split("[:,]", -1);
    double[] cuts = new double[parts.length];
    boolean valid = parts.length == (1 << bits) - 1;
    try {
      for (int i = 0; valid && i < cuts.length; i++) {
        cuts[i] = Float.parseFloat(parts[i].strip());
        valid = Double.isFinite(cuts[i]) && (i == 0 || cuts[i] > cuts[i - 1]);
      }
    } catch (NumberFormatException _) {
      valid = false;
    }
    if (!valid) {
      throw new IllegalArgumentException(
          "bucket@1: t="
              + list
              + " must list "
              + ((1 << bits) - 1)
              + " ascending numbers for bits="
              + bits
              + ", such as "
              + IntStream.range(1 - (1 << (bits - 1)), 1 << (bits - 1))
                  .mapToObj(i -> Integer.toString(10 * i))
                  .collect(Collectors.joining(":"))
              + ".");
    }
    return new Thresholds(false, cuts);
  }

  /**
   * The sigma for which absolute thresholds are the Lloyd–Max thresholds, so that levels in sigmas
   * fit them; 1 where only the sign is coded.
   */
  float impliedSigma() {
    double outer = Math.max(Math.abs(cuts[0]), Math.abs(cuts[cuts.length - 1]));
    double best = cuts.length == 3 ? LLOYD_MAX : LLOYD_MAX_3_BITS[2];
    return cuts.length == 1 || outer == 0 ? 1 : (float) (outer / best);
  }

  /** The multiples of sigma. */
  List<Double> multiples() {
    return Arrays.stream(cuts).boxed().toList();
  }

  /**
   * The thresholds themselves, float32.
   *
   * @param sigma ignored for absolute thresholds
   */
  List<Double> of(float sigma) {
    double unit = unit(sigma);
    return Arrays.stream(cuts).mapToObj(cut -> (double) ((float) (cut * unit) + 0.0f)).toList();
  }

  /**
   * Writes the thresholds, ascending, as {@link Codes#key ordered integers}.
   *
   * @param sigma ignored for absolute thresholds
   * @param keys {@code [2^bits - 1]}, written
   */
  void keys(float sigma, int[] keys) {
    double unit = unit(sigma);
    for (int i = 0; i < cuts.length; i++) {
      keys[i] = Codes.key((float) (cuts[i] * unit) + 0.0f);
    }
  }

  /**
   * A sigma of zero comes from keys that are all zero: the thresholds stay apart, so that a zero
   * still falls below the middle one only.
   */
  private double unit(float sigma) {
    return relative ? Math.max(sigma, Float.MIN_NORMAL) : 1;
  }

  /** The absolute thresholds in canonical text. */
  String text() {
    return Arrays.stream(cuts)
        .mapToObj(cut -> Float.toString((float) cut))
        .collect(Collectors.joining(":"));
  }
}
