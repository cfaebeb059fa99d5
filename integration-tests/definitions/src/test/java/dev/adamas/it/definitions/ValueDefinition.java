package dev.adamas.it.definitions;

import dev.adamas.api.KvType;
import java.util.Arrays;

/**
 * Page means of the values of one KV head and what their codes hold of the rest, from the formulas,
 * in double precision: codes are counted against thresholds, levels are looked up.
 */
final class ValueDefinition {

  /** What values are coded as. */
  enum Codes {
    /** Two bits and the norm. */
    NORM,
    /** Signs, and the scale that is exact along the residual. */
    SIGNS;

    private BucketCodes buckets() {
      return switch (this) {
        case NORM -> BucketCodes.TWO_BITS;
        case SIGNS -> BucketCodes.SIGNS;
      };
    }

    private double scale(double[] x, double[] level) {
      return switch (this) {
        case NORM -> Definition.norm(x) / Math.sqrt(x.length) * 0.15104;
        case SIGNS -> Definition.dot(x, x) / Definition.dot(x, level);
      };
    }
  }

  private final Codes codes;

  /** The base of each token, {@code [tokens][dim]}. */
  final double[][] base;

  /** The decoded residual of each token, {@code [tokens][dim]}. */
  final double[][] residual;

  /** How far rounding in the codes may move a coordinate of a token's residual. */
  final double[] slack;

  ValueDefinition(double[][] values, int calibration, int pageTokens, KvType type, Codes codes) {
    this.codes = codes;
    int tokens = values.length;
    base = new double[tokens][];
    residual = new double[tokens][];
    slack = new double[tokens];
    double[] previous = mean(values, 0, calibration, type);
    for (int start = 0; start < tokens; start += pageTokens) {
      boolean complete = start + pageTokens <= tokens;
      int end = Math.min(tokens, start + pageTokens);
      double[] pageBase = complete ? mean(values, start, end, type) : previous;
      for (int token = start; token < end; token++) {
        base[token] = pageBase;
        code(values[token], token);
      }
      previous = pageBase;
    }
  }

  private static double[] mean(double[][] values, int from, int to, KvType type) {
    double[] mean = new double[values[0].length];
    for (int j = 0; j < mean.length; j++) {
      for (int token = from; token < to; token++) {
        mean[j] += values[token][j];
      }
      mean[j] = stored((float) (mean[j] / (to - from)), type);
    }
    return mean;
  }

  private static double stored(float x, KvType type) {
    return switch (type) {
      case F32 -> x;
      case F16 -> Half.nearest(x);
      case BF16 -> {
        double ulp = Math.scalb(1.0, Math.getExponent(x) - 7);
        yield Math.rint(x / ulp) * ulp;
      }
    };
  }

  private void code(double[] value, int token) {
    int dim = value.length;
    double[] r = new double[dim];
    for (int j = 0; j < dim; j++) {
      r[j] = value[j] - base[token][j];
    }
    double[] x = Definition.hadamard(r);
    double norm = Definition.norm(x);
    BucketCodes.Coded coded = codes.buckets().code(x, norm / Math.sqrt(x.length), 2e-6 * norm);
    double exact = codes.scale(x, coded.level());
    double scale = norm == 0 ? 0 : Half.nearest(exact);
    double[] decoded = new double[x.length];
    double largest = 0;
    for (int j = 0; j < x.length; j++) {
      decoded[j] = coded.level()[j] * scale;
      largest = Math.max(largest, Math.abs(coded.level()[j]));
    }
    // H is its own inverse; what was padding is left out.
    residual[token] = Arrays.copyOf(Definition.hadamard(decoded), dim);
    double ulp = Half.ulp(exact);
    boolean unsure = Half.distanceToMiddle(exact) < 0.01 * ulp;
    slack[token] =
        Arrays.stream(coded.doubt()).sum() * scale / Math.sqrt(x.length)
            + (unsure ? largest * ulp * Math.sqrt(x.length) : 0);
  }
}
