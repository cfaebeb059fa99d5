package dev.adamas.it.definitions;

import dev.adamas.api.KvType;

/**
 * Page means of the values of one KV head and what their 2-bit codes hold of the rest, from the
 * formulas, in double precision: codes are counted against thresholds, levels are looked up.
 */
final class ValueDefinition {

  private static final double[] CUTS = {-0.9816, 0, 0.9816};
  private static final double[] LEVELS = {-10, -3, 3, 10};
  private static final double UNIT = 0.15104;

  /** The base of each token, {@code [tokens][dim]}. */
  final double[][] base;

  /** The decoded residual of each token, {@code [tokens][dim]}. */
  final double[][] residual;

  /** How far rounding in the codes may move a coordinate of a token's residual. */
  final double[] slack;

  ValueDefinition(double[][] values, int calibration, int pageTokens, KvType type) {
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
    double sigma = Definition.norm(x) / Math.sqrt(x.length);
    double exact = sigma * UNIT;
    double scale = sigma == 0 ? 0 : Half.nearest(exact);
    double[] decoded = new double[x.length];
    int ambiguous = 0;
    for (int j = 0; j < x.length; j++) {
      int code = 0;
      boolean close = false;
      for (double cut : CUTS) {
        code += x[j] > cut * sigma ? 1 : 0;
        close |= Math.abs(x[j] - cut * sigma) < 2e-6 * Definition.norm(x);
      }
      ambiguous += close ? 1 : 0;
      decoded[j] = LEVELS[code] * scale;
    }
    // H is its own inverse; what was padding is left out.
    residual[token] = java.util.Arrays.copyOf(Definition.hadamard(decoded), dim);
    double ulp = Half.ulp(exact);
    boolean unsure = Half.distanceToMiddle(exact) < 0.01 * ulp;
    slack[token] =
        7 * scale * ambiguous / Math.sqrt(x.length) + (unsure ? 10 * ulp * Math.sqrt(x.length) : 0);
  }
}
