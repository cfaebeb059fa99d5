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
  private final BucketCodes buckets;
  private final double unit;
  private final boolean center;
  private final Scale scale;
  private final Distance distance;

  BucketDefinition(
      boolean hadamard,
      BucketCodes buckets,
      double unit,
      boolean center,
      Scale scale,
      Distance distance) {
    this.hadamard = hadamard;
    this.buckets = buckets;
    this.unit = unit;
    this.center = center;
    this.scale = scale;
    this.distance = distance;
  }

  @Override
  public boolean needsCalibration() {
    return center || (buckets.relative() && scale == Scale.NONE);
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
    double sigma =
        buckets.relative() ? Math.sqrt(squares / calibration / dim) : buckets.impliedSigma();
    return new BucketHead(rows, mean, sigma);
  }

  private final class BucketHead implements Head {

    private final double[][] rows;
    private final double[] mean;
    private final double sigma;
    private Optional<KeyMisses> misses = Optional.empty();

    BucketHead(double[][] rows, double[] mean, double sigma) {
      this.rows = rows;
      this.mean = mean;
      this.sigma = sigma;
    }

    private double querySigma(double[] q) {
      return buckets.relative() ? Definition.norm(q) / Math.sqrt(q.length) : sigma;
    }

    /** What a level of the query is worth; debiased keys come with a debiased query. */
    private double queryStep(double[] q) {
      if (scale != Scale.DEBIAS || Definition.norm(q) == 0) {
        return querySigma(q) * unit;
      }
      return Definition.dot(q, q) / Definition.dot(q, buckets.code(q, querySigma(q), 0).level());
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
      Optional<double[]> values = values(q);
      if (values.isEmpty()) {
        return Optional.empty();
      }
      int[] codes = buckets.code(q, querySigma(q), 0).code();
      Scores scores = new Scores(rows.length);
      for (int i = 0; i < rows.length; i++) {
        score(scores, i, codes, values.get());
      }
      return Optional.of(scores);
    }

    /** The query as it is multiplied with levels; empty where rounding could change it. */
    private Optional<double[]> values(double[] q) {
      return switch (distance) {
        case MANHATTAN, L2, CODE_DOT -> {
          BucketCodes.Coded coded = buckets.code(q, querySigma(q), 1e-6 * Definition.norm(q));
          yield coded.ambiguous() > 0 ? Optional.empty() : Optional.of(coded.level());
        }
        case INT4 -> rounded(q, largest(q) / 7);
        case INT8 -> rounded(q, largest(q) / 127);
        case FLOAT -> Optional.of(q);
      };
    }

    private static Optional<double[]> rounded(double[] q, double step) {
      double[] values = new double[q.length];
      for (int j = 0; j < q.length; j++) {
        double x = step == 0 ? 0 : q[j] / step;
        if (Math.abs(Math.abs(x - Math.rint(x)) - 0.5) < 1e-4) {
          return Optional.empty();
        }
        values[j] = Math.rint(x);
      }
      return Optional.of(values);
    }

    @Override
    public Scores refined(double[] query, Scores scores) {
      double[] q = transform().apply(query);
      boolean signs = distance == Distance.CODE_DOT;
      double[] values = signs ? KeyMisses.signs(q) : values(q).orElseThrow();
      double missStep = signs ? Definition.dot(q, q) / Definition.dot(q, values) : largest(q) / 7;
      double factor = missStep / step(query);
      if (misses.isEmpty()) {
        misses = Optional.of(misses());
      }
      return misses.get().refined(scores, values, Double.isFinite(factor) ? factor : 0);
    }

    private KeyMisses misses() {
      KeyMisses missed = new KeyMisses(rows.length);
      for (int i = 0; i < rows.length; i++) {
        double[] row = rows[i];
        BucketCodes.Coded key = code(i);
        boolean own = scale != Scale.NONE;
        double stored = own ? storedScale(row, key.level()) : sigma * unit;
        double moved = own ? scaleSlack(row, key) : 1e-6 * stored;
        double[] miss = new double[row.length];
        double[] doubt = new double[row.length];
        for (int j = 0; j < row.length; j++) {
          miss[j] = row[j] - key.level()[j] * stored;
          doubt[j] = Math.abs(key.level()[j]) * moved + key.doubt()[j] * (stored + moved);
        }
        missed.put(i, miss, doubt, 1e-6 * (Definition.norm(row) + Definition.norm(mean)));
      }
      return missed;
    }

    private double keySigma(double[] row) {
      return scale == Scale.NONE ? sigma : Definition.norm(row) / Math.sqrt(row.length);
    }

    private BucketCodes.Coded code(int i) {
      double tolerance = 1e-6 * (Definition.norm(rows[i]) + 2 * Definition.norm(mean));
      return buckets.code(rows[i], keySigma(rows[i]), tolerance);
    }

    private void score(Scores scores, int i, int[] queryCodes, double[] queryValues) {
      double[] row = rows[i];
      BucketCodes.Coded key = code(i);
      switch (distance) {
        case MANHATTAN -> {
          for (int j = 0; j < row.length; j++) {
            scores.value()[i] += Math.abs(queryCodes[j] - key.code()[j]);
          }
          scores.slack()[i] = key.ambiguous();
        }
        case L2 -> {
          for (int j = 0; j < row.length; j++) {
            scores.value()[i] += Math.pow(queryCodes[j] - key.code()[j], 2);
          }
          scores.slack()[i] = key.ambiguous() * (2.0 * buckets.cuts().length + 1);
        }
        default -> estimate(scores, i, row, key, queryValues);
      }
    }

    private void estimate(
        Scores scores, int i, double[] row, BucketCodes.Coded key, double[] queryValues) {
      double dot = Definition.dot(queryValues, key.level());
      double slack = Definition.magnitude(queryValues, key.doubt());
      if (distance == Distance.FLOAT) {
        slack += 4e-6 * Definition.magnitude(queryValues, key.level());
      }
      if (scale == Scale.NONE) {
        scores.value()[i] = -dot;
        scores.slack()[i] = slack;
        return;
      }
      double stored = storedScale(row, key.level());
      double scaleSlack = scaleSlack(row, key);
      scores.value()[i] = -dot * stored;
      scores.slack()[i] =
          slack * stored
              + Math.abs(dot) * scaleSlack
              + slack * scaleSlack
              + 1e-7 * Math.abs(dot * stored);
    }

    private double exactScale(double[] row, double[] levels) {
      return scale == Scale.NORM
          ? Definition.norm(row) / Math.sqrt(row.length) * unit
          : Definition.dot(row, row) / Definition.dot(row, levels);
    }

    private double storedScale(double[] row, double[] levels) {
      return Definition.norm(row) == 0 ? 0 : Half.nearest(exactScale(row, levels));
    }

    /** How far a backend's scale may be off, by rounding and by levels in doubt. */
    private double scaleSlack(double[] row, BucketCodes.Coded key) {
      if (Definition.norm(row) == 0) {
        return 0;
      }
      double exact = exactScale(row, key.level());
      double ulp = Half.ulp(exact);
      double moved = Definition.magnitude(row, key.doubt());
      if (scale == Scale.DEBIAS && moved > 0) {
        double product = Definition.dot(row, key.level());
        // Where nearly every level is in doubt, the row is little more than rounding.
        return ulp + exact * (product > 2 * moved ? moved / (product - moved) : 10);
      }
      // The float32 value may round to the neighbour where it lies near the middle of two.
      return Half.distanceToMiddle(exact) < 0.01 * ulp ? ulp : 0;
    }
  }
}
