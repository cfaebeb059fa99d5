package dev.adamas.it.definitions;

import java.util.Optional;
import java.util.function.UnaryOperator;

/** Keys as bucket codes, ranked by one of the distances over them. */
final class BucketDefinition implements Definition {

  enum Scale {
    NONE,
    NORM,
    DEBIAS
  }

  enum Distance {
    MANHATTAN,
    L2,
    CODE_DOT,
    INT4,
    INT8,
    FLOAT
  }

  private final boolean hadamard;
  private final double[] cuts;
  private final boolean relative;
  private final int[] levels;
  private final double unit;
  private final boolean center;
  private final Scale scale;
  private final Distance distance;

  BucketDefinition(
      boolean hadamard,
      double[] cuts,
      boolean relative,
      int[] levels,
      double unit,
      boolean center,
      Scale scale,
      Distance distance) {
    this.hadamard = hadamard;
    this.cuts = cuts;
    this.relative = relative;
    this.levels = levels;
    this.unit = unit;
    this.center = center;
    this.scale = scale;
    this.distance = distance;
  }

  @Override
  public boolean needsCalibration() {
    return center || (relative && scale == Scale.NONE);
  }

  private UnaryOperator<double[]> transform() {
    return hadamard ? Definition::hadamard : x -> x.clone();
  }

  @Override
  public Head head(double[][] keys, int calibration) {
    int dim = transform().apply(new double[keys[0].length]).length;
    double[] mean = new double[dim];
    if (center) {
      double[] sum = new double[keys[0].length];
      for (int i = 0; i < calibration; i++) {
        for (int j = 0; j < sum.length; j++) {
          sum[j] += keys[i][j] / calibration;
        }
      }
      mean = transform().apply(sum);
    }
    double[][] rows = new double[keys.length][];
    double squares = 0;
    for (int i = 0; i < keys.length; i++) {
      rows[i] = transform().apply(keys[i]);
      for (int j = 0; j < dim; j++) {
        rows[i][j] -= mean[j];
      }
      if (i < calibration) {
        squares += Definition.dot(rows[i], rows[i]);
      }
    }
    double sigma = relative ? Math.sqrt(squares / calibration / dim) : impliedSigma();
    return new BucketHead(rows, mean, sigma);
  }

  private double impliedSigma() {
    return Math.max(Math.abs(cuts[0]), Math.abs(cuts[cuts.length - 1]))
        / (cuts.length == 3 ? 0.9816 : 1.748);
  }

  /** A coded row: codes, and how many of its coordinates rounding could move to another bucket. */
  private static final class Coded {
    final int[] codes;
    final int ambiguous;

    Coded(int[] codes, int ambiguous) {
      this.codes = codes;
      this.ambiguous = ambiguous;
    }
  }

  private Coded code(double[] x, double sigma, double tolerance) {
    int[] codes = new int[x.length];
    int ambiguous = 0;
    for (int j = 0; j < x.length; j++) {
      boolean close = false;
      for (double cut : cuts) {
        double threshold = relative ? cut * sigma : cut;
        codes[j] += x[j] > threshold ? 1 : 0;
        // Zero keys are exact in any precision.
        close |= x[j] != 0 && Math.abs(x[j] - threshold) < tolerance;
      }
      ambiguous += close ? 1 : 0;
      if (relative && sigma == 0 && x[j] == 0) {
        codes[j] = cuts.length / 2;
      }
    }
    return new Coded(codes, ambiguous);
  }

  private double[] levelsOf(Coded coded) {
    double[] values = new double[coded.codes.length];
    for (int j = 0; j < values.length; j++) {
      values[j] = levels[coded.codes[j]];
    }
    return values;
  }

  private final class BucketHead implements Head {

    private final double[][] rows;
    private final double[] mean;
    private final double sigma;

    BucketHead(double[][] rows, double[] mean, double sigma) {
      this.rows = rows;
      this.mean = mean;
      this.sigma = sigma;
    }

    private double querySigma(double[] q) {
      return relative ? Definition.norm(q) / Math.sqrt(q.length) : sigma;
    }

    /** What a level of the query is worth; debiased keys come with a debiased query. */
    private double queryStep(double[] q) {
      if (scale != Scale.DEBIAS || Definition.norm(q) == 0) {
        return querySigma(q) * unit;
      }
      return Definition.dot(q, q) / Definition.dot(q, levelsOf(code(q, querySigma(q), 0)));
    }

    @Override
    public double offset(double[] query) {
      return Definition.dot(transform().apply(query), mean);
    }

    private double largest(double[] q) {
      double largest = 0;
      for (double x : q) {
        largest = Math.max(largest, Math.abs(x));
      }
      return largest;
    }

    @Override
    public double step(double[] query) {
      double[] q = transform().apply(query);
      double keyStep = scale == Scale.NONE ? sigma * unit : 1;
      return switch (distance) {
        case MANHATTAN, L2 -> 1;
        case CODE_DOT -> queryStep(q) * keyStep;
        case INT4 -> largest(q) / 7 * keyStep;
        case INT8 -> largest(q) / 127 * keyStep;
        case FLOAT -> keyStep;
      };
    }

    @Override
    public Optional<Scores> scores(double[] query) {
      double[] q = transform().apply(query);
      Coded codedQuery = code(q, querySigma(q), 1e-6 * Definition.norm(q));
      double[] values = q;
      switch (distance) {
        case MANHATTAN, L2, CODE_DOT -> {
          if (codedQuery.ambiguous > 0) {
            return Optional.empty();
          }
          values = levelsOf(codedQuery);
        }
        case INT4, INT8 -> {
          double step = largest(q) / (distance == Distance.INT4 ? 7 : 127);
          values = new double[q.length];
          for (int j = 0; j < q.length; j++) {
            double x = step == 0 ? 0 : q[j] / step;
            if (Math.abs(Math.abs(x - Math.rint(x)) - 0.5) < 1e-4) {
              return Optional.empty();
            }
            values[j] = Math.rint(x);
          }
        }
        case FLOAT -> {}
      }
      Scores scores = new Scores(rows.length);
      for (int i = 0; i < rows.length; i++) {
        score(scores, i, codedQuery.codes, values);
      }
      return Optional.of(scores);
    }

    private void score(Scores scores, int i, int[] queryCodes, double[] queryValues) {
      double[] row = rows[i];
      double keySigma = scale == Scale.NONE ? sigma : Definition.norm(row) / Math.sqrt(row.length);
      double tolerance = 1e-6 * (Definition.norm(row) + 2 * Definition.norm(mean));
      Coded key = code(row, keySigma, tolerance);
      switch (distance) {
        case MANHATTAN -> {
          for (int j = 0; j < row.length; j++) {
            scores.value()[i] += Math.abs(queryCodes[j] - key.codes[j]);
          }
          scores.slack()[i] = key.ambiguous;
        }
        case L2 -> {
          for (int j = 0; j < row.length; j++) {
            scores.value()[i] += Math.pow(queryCodes[j] - key.codes[j], 2);
          }
          scores.slack()[i] = key.ambiguous * (2.0 * cuts.length + 1);
        }
        default -> estimate(scores, i, row, key, queryValues);
      }
    }

    private void estimate(Scores scores, int i, double[] row, Coded key, double[] queryValues) {
      double[] keyLevels = levelsOf(key);
      double dot = Definition.dot(queryValues, keyLevels);
      double largestStep = levels[levels.length - 1] - levels[levels.length - 2];
      double slack = key.ambiguous * largest(queryValues) * largestStep;
      if (distance == Distance.FLOAT) {
        slack += 4e-6 * Definition.magnitude(queryValues, keyLevels);
      }
      if (scale == Scale.NONE) {
        scores.value()[i] = -dot;
        scores.slack()[i] = slack;
        return;
      }
      double exact =
          scale == Scale.NORM
              ? Definition.norm(row) / Math.sqrt(row.length) * unit
              : Definition.dot(row, row) / Definition.dot(row, keyLevels);
      double stored = Definition.norm(row) == 0 ? 0 : Half.nearest(exact);
      double ulp = Half.ulp(exact);
      // The float32 value may round to the neighbour where it lies near the middle of two.
      boolean unsure = Half.distanceToMiddle(exact) < 0.01 * ulp;
      double scaleSlack =
          (unsure ? ulp : 0)
              + (scale == Scale.DEBIAS && key.ambiguous > 0 ? 0.1 * key.ambiguous * stored : 0);
      scores.value()[i] = -dot * stored;
      scores.slack()[i] =
          slack * stored
              + Math.abs(dot) * scaleSlack
              + slack * scaleSlack
              + 1e-7 * Math.abs(dot * stored);
    }
  }
}
