package dev.adamas.api;

import java.util.List;

/**
 * What a {@link Quantizer} of single coordinates does, as data: enough for a backend to encode rows
 * in a kernel of its own, bit for bit as {@link Quantizer#encode} does.
 *
 * <p>Arithmetic is float32, rounded after each operation, except where it says double. {@code dot}
 * adds the product of coordinates {@code j} to partial sum {@code j mod 16} and then the 16 partial
 * sums in index order. For a transformed row {@code x} of {@code dim} coordinates, a multiple of 8:
 *
 * <pre>{@code
 * y       = x - mean                                   x where there is no mean
 * sigma   = sqrt(dot(y, y) / dim)                      with a scale per row
 * unit    = max(sigma, Float.MIN_NORMAL)               1 without a scale per row
 * code_j  = how many thresholds t have y_j > (float) (t · unit)      t · unit in double
 * }</pre>
 *
 * where NaN exceeds no threshold, and in a row whose sigma is 0 each code is half the number of
 * thresholds, rounded down. Rows whose {@code dot(y, y)} is not finite are not defined here; a
 * backend leaves them to the quantiser.
 *
 * <p>A code row holds one bit plane after the other, the codes' most significant bits first, of
 * {@code dim / 8} bytes each: coordinate {@code j} is bit {@code j mod 8} of byte {@code j / 8}.
 * With a scale per row its fp16, rounded to nearest even, follows.
 *
 * @param thresholds ascending, 1, 3 or 7 of them, for codes of 1, 2 or 3 bits
 * @param scale what follows the planes
 * @param levels the number that each code stands for, in {@code levelUnit}s
 * @param levelUnit what one step of the levels is worth, in sigmas
 * @param mean {@code T(μ)}, {@code dim} numbers; empty where rows are not centred
 */
public record Buckets(
    List<Double> thresholds, Scale scale, List<Integer> levels, float levelUnit, List<Float> mean) {

  /** What is stored beside the bits of a row. */
  public enum Scale {
    /** Nothing. */
    NONE,
    /** {@code sigma · levelUnit}. */
    NORM,
    /** {@code dot(y, y) / dot(y, levels of the codes)}, and 0 where sigma is 0. */
    DEBIAS
  }

  /** Copies the lists. */
  public Buckets {
    thresholds = List.copyOf(thresholds);
    levels = List.copyOf(levels);
    mean = List.copyOf(mean);
    int codes = thresholds.size() + 1;
    if ((codes != 2 && codes != 4 && codes != 8) || levels.size() != codes) {
      throw new IllegalArgumentException(
          "Codes of 1, 2 or 3 bits have 1, 3 or 7 thresholds and one level more, not %d and %d."
              .formatted(thresholds.size(), levels.size()));
    }
  }
}
