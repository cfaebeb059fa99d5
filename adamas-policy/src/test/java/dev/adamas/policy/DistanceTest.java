package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.Distance;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Transform;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.Seed;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistanceTest {

  private static final Transform HADAMARD = Rows.STAGES.stage(Transform.class, "hadamard");

  private final Random random = Seed.random("distance");

  /** A quantiser calibrated on Gaussian keys, the distance, and one prepared query. */
  private final class Setup {
    final int dim;
    final Quantizer quantizer;
    final Distance distance;
    final float[] query;
    final float[][] keys;
    final MemorySegment prepared;

    Setup(String distance, String quantizer, int dim, int keyCount) {
      this.dim = dim;
      this.distance = Rows.STAGES.stage(Distance.class, distance);
      this.keys = Keys.OUTLIERS.rows(random, keyCount, dim);
      this.query = Keys.row(random, dim);
      this.quantizer =
          Rows.STAGES
              .stage(Quantizer.class, quantizer)
              .calibrate(HADAMARD, Rows.segment(random, keys), keyCount, dim);
      this.prepared = Rows.segment(random, this.distance.queryBytes(this.quantizer, outputDim()));
      this.distance.prepareQuery(this.quantizer, transformed(query), outputDim(), prepared);
    }

    int outputDim() {
      return HADAMARD.outputDim(dim);
    }

    MemorySegment transformed(float[]... rows) {
      MemorySegment target = Rows.segment(random, (long) rows.length * outputDim() * Float.BYTES);
      HADAMARD.apply(Rows.segment(random, rows), rows.length, dim, target);
      return target;
    }

    float[] scores() {
      MemorySegment codes =
          Rows.segment(random, (long) keys.length * quantizer.codeBytes(outputDim()));
      quantizer.encode(transformed(keys), keys.length, outputDim(), codes);
      MemorySegment scores = Rows.segment(random, (long) keys.length * Float.BYTES);
      distance.score(quantizer, prepared, codes, keys.length, outputDim(), scores);
      return Rows.floats(scores, 0, keys.length);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "code-dot, bucket, 0.7",
    "code-dot, 'bucket(bits=3)', 0.8",
    "asymmetric, bucket, 0.75",
    "asymmetric(query=float), 'bucket(bits=3,center=true,scale=debias)', 0.85",
    "asymmetric(query=int8), 'bucket(center=true,scale=debias)', 0.85",
    "asymmetric(query=int4), 'bucket(center=true,scale=norm)', 0.85"
  })
  void estimatesFollowTheLogit(String distance, String quantizer, double least) {
    for (int dim : new int[] {64, 96, 128}) {
      Setup setup = new Setup(distance, quantizer, dim, 500);
      float[] scores = setup.scores();
      double step = setup.distance.step(setup.quantizer, setup.prepared, setup.outputDim());
      double offset = setup.distance.offset(setup.quantizer, setup.prepared, setup.outputDim());
      double[] exact = new double[500];
      double[] estimate = new double[500];
      for (int i = 0; i < 500; i++) {
        for (int j = 0; j < dim; j++) {
          exact[i] += (double) setup.query[j] * setup.keys[i][j];
        }
        estimate[i] = offset - scores[i] * step;
      }
      assertThat(correlation(exact, estimate)).as("dim %d", dim).isGreaterThan(least);
      // The slope says that step is in units of the logit.
      assertThat(slope(exact, estimate)).as("dim %d", dim).isCloseTo(1, within(0.35));
    }
  }

  private static double correlation(double[] x, double[] y) {
    return covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
  }

  private static double slope(double[] x, double[] y) {
    return covariance(x, y) / covariance(x, x);
  }

  private static double covariance(double[] x, double[] y) {
    double meanX = java.util.Arrays.stream(x).average().orElseThrow();
    double meanY = java.util.Arrays.stream(y).average().orElseThrow();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - meanX) * (y[i] - meanY);
    }
    return sum;
  }

  @Test
  void int4QueriesRoundHalfToEven() {
    Transform identity = Rows.STAGES.stage(Transform.class, "identity");
    Distance distance = Rows.STAGES.stage(Distance.class, "asymmetric(query=int4)");
    Quantizer quantizer =
        Rows.STAGES
            .stage(Quantizer.class, "bucket")
            .calibrate(identity, Rows.segment(random, Keys.row(random, 8)), 1, 8);
    float[] query = {7, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3.49f, -7};
    MemorySegment prepared = Rows.segment(random, distance.queryBytes(quantizer, 8));
    distance.prepareQuery(quantizer, Rows.segment(random, query), 8, prepared);
    byte[] expected = {7, 0, 2, 2, 0, -2, 3, -7};
    for (int j = 0; j < 8; j++) {
      assertThat(prepared.get(java.lang.foreign.ValueLayout.JAVA_BYTE, j)).isEqualTo(expected[j]);
    }
    assertThat(prepared.get(Buffers.FLOAT, 8)).isEqualTo(distance.step(quantizer, prepared, 8));
    assertThat(distance.offset(quantizer, prepared, 8)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"manhattan", "l2", "code-dot", "asymmetric", "asymmetric(query=float)"})
  void aZeroQueryScoresWithoutNaN(String distance) {
    Setup setup = new Setup(distance, "bucket", 64, 10);
    setup.distance.prepareQuery(
        setup.quantizer, setup.transformed(new float[64]), 64, setup.prepared);
    for (float score : setup.scores()) {
      assertThat(score).isFinite();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"manhattan", "l2"})
  void ranksHaveNoStep(String distance) {
    Setup setup = new Setup(distance, "bucket", 64, 10);
    assertThat(setup.distance.meaning()).isEqualTo(Distance.Meaning.RANK);
    assertThatThrownBy(() -> setup.distance.step(setup.quantizer, setup.prepared, 64))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(distance + "@1 only ranks; its scores do not estimate the logit.");
  }

  /** A quantiser of another plugin. */
  private record Foreign() implements Quantizer {
    @Override
    public dev.adamas.api.ComponentSpec spec() {
      return dev.adamas.api.ComponentSpec.of("foreign", 1);
    }

    @Override
    public int rowsPerCode() {
      return 1;
    }

    @Override
    public int codeBytes(int dim) {
      return dim;
    }

    @Override
    public boolean needsCalibration() {
      return false;
    }

    @Override
    public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
      return this;
    }

    @Override
    public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {}
  }

  @Test
  void aForeignQuantizerIsRefusedWhenThePipelineIsMade() {
    Distance manhattan = Rows.STAGES.stage(Distance.class, "manhattan");
    Selector topK = Rows.STAGES.stage(Selector.class, "top-k");
    assertThat(manhattan.incompatibility(Rows.STAGES.stage(Quantizer.class, "bucket")))
        .isEqualTo(Optional.empty());
    assertThatThrownBy(() -> new Pipeline(HADAMARD, new Foreign(), manhattan, topK))
        .hasMessage(
            "manhattan@1 reads the codes of bucket@1, not those of foreign@1; set quantizer=bucket or"
                + " another distance.");
  }
}
