package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.Seed;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketTest {

  private static final Transform IDENTITY = Rows.STAGES.stage(Transform.class, "identity");

  private final Random random = Seed.random("bucket");

  private static Quantizer bucket(String parameters) {
    return Rows.STAGES.stage(Quantizer.class, "bucket@1(" + parameters + ")");
  }

  private byte[] encode(Quantizer quantizer, float[]... rows) {
    int dim = rows[0].length;
    int bytes = rows.length * quantizer.codeBytes(dim);
    MemorySegment codes = Rows.segment(random, bytes);
    quantizer.encode(Rows.segment(random, rows), rows.length, dim, codes);
    return codes.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  /** The code of coordinate {@code j}, read bit by bit from the documented layout. */
  private static int code(byte[] codes, int at, int bits, int dim, int j) {
    int code = 0;
    for (int plane = 0; plane < bits; plane++) {
      int bit = (codes[at + plane * dim / 8 + j / 8] >> (j % 8)) & 1;
      code |= bit << (bits - 1 - plane);
    }
    return code;
  }

  @ParameterizedTest
  @CsvSource({"1,0.5", "2,-1:0:1.5", "3,-3:-2:-1:0:1:2:3"})
  void aCodeIsTheNumberOfThresholdsBelow(int bits, String t) {
    float[] thresholds = floats(t.split(":"));
    float[] special = {
      0f,
      -0f,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      Float.NaN,
      -Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.intBitsToFloat(0xffc00001),
      Float.MAX_VALUE,
      1f,
      1.5f,
      Math.nextUp(1.5f),
      -1f,
      Math.nextUp(-1f),
      Math.nextDown(-1f)
    };
    for (int dim : new int[] {8, 24, 64, 96, 128}) {
      float[][] rows = Keys.GAUSSIAN.rows(random, 70, dim);
      for (float[] row : rows) {
        row[random.nextInt(dim)] = special[random.nextInt(special.length)];
      }
      Quantizer quantizer = bucket("bits=" + bits + ",thresholds=fixed,t=" + t);
      assertThat(quantizer.needsCalibration()).isFalse();
      byte[] codes = encode(quantizer, rows);
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < dim; j++) {
          int expected = 0;
          for (float threshold : thresholds) {
            expected += rows[i][j] > threshold ? 1 : 0;
          }
          assertThat(code(codes, i * quantizer.codeBytes(dim), bits, dim, j))
              .as("%s", rows[i][j])
              .isEqualTo(expected);
        }
      }
    }
  }

  private static float[] floats(String[] texts) {
    float[] values = new float[texts.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(texts[i]);
    }
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "'bits=2',-0.9816:0:0.9816",
    "'bits=2,c=1.25',-1.25:0:1.25",
    "'bits=2,thresholds=quartile',-0.6745:0:0.6745",
    "'bits=1',0",
    "'bits=3',-1.748:-1.05:-0.5006:0:0.5006:1.05:1.748"
  })
  void thresholdsFollowTheMeasuredSigma(String parameters, String cuts) {
    float[] sigmas = floats(cuts.split(":"));
    // Rows of ±3 have a root mean square of exactly 3.
    float[][] calibration = {new float[64], new float[64]};
    for (int j = 0; j < 64; j++) {
      calibration[0][j] = j % 2 == 0 ? 3 : -3;
      calibration[1][j] = j % 3 == 0 ? 3 : -3;
    }
    Quantizer quantizer = bucket(parameters);
    assertThat(quantizer.needsCalibration()).isTrue();
    assertThatThrownBy(() -> encode(quantizer, calibration))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("must be calibrated");
    Quantizer calibrated = quantizer.calibrate(IDENTITY, Rows.segment(random, calibration), 2, 64);
    assertThat(calibrated.needsCalibration()).isFalse();
    float[] row = new float[64];
    for (int i = 0; i < sigmas.length; i++) {
      row[2 * i] = Math.nextDown((float) (sigmas[i] * 3.0) - 1e-5f);
      row[2 * i + 1] = Math.nextUp((float) (sigmas[i] * 3.0) + 1e-5f);
    }
    byte[] codes = encode(calibrated, row);
    int bits = 32 - Integer.numberOfLeadingZeros(sigmas.length);
    for (int i = 0; i < sigmas.length; i++) {
      assertThat(code(codes, 0, bits, 64, 2 * i)).isEqualTo(i);
      assertThat(code(codes, 0, bits, 64, 2 * i + 1)).isEqualTo(i + 1);
    }
  }

  @Test
  void calibrationDoesNotDependOnTheOrderOfRows() {
    float[][] rows = Keys.POWER_LAW.rows(random, 1000, 64);
    float[][] shuffled = rows.clone();
    java.util.Collections.shuffle(java.util.Arrays.asList(shuffled), random);
    for (String parameters : new String[] {"bits=2", "center=true", "center=true,scale=norm"}) {
      Quantizer one = bucket(parameters).calibrate(IDENTITY, Rows.segment(random, rows), 1000, 64);
      Quantizer other =
          bucket(parameters).calibrate(IDENTITY, Rows.segment(random, shuffled), 1000, 64);
      assertThat(encode(one, rows)).isEqualTo(encode(other, rows));
      assertThat(((Bucket) one).keyStep()).isEqualTo(((Bucket) other).keyStep());
      float[] query = Keys.row(random, 64);
      assertThat(((Bucket) one).offset(query, 64)).isEqualTo(((Bucket) other).offset(query, 64));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"norm", "debias"})
  void theScalePerKeyIsRoundedToFp16(String scale) {
    Quantizer quantizer = bucket("scale=" + scale);
    assertThat(quantizer.needsCalibration()).isFalse();
    int dim = 64;
    assertThat(quantizer.codeBytes(dim)).isEqualTo(18);
    float[][] rows = Keys.POWER_LAW.rows(random, 100, dim);
    byte[] codes = encode(quantizer, rows);
    int[] levels = {-10, -3, 3, 10};
    for (int i = 0; i < rows.length; i++) {
      double squares = 0;
      double product = 0;
      for (int j = 0; j < dim; j++) {
        squares += (double) rows[i][j] * rows[i][j];
        product += rows[i][j] * levels[code(codes, 18 * i, 2, dim, j)];
      }
      double expected =
          scale.equals("norm") ? Math.sqrt(squares / dim) * 0.15104 : squares / product;
      short stored = (short) ((codes[18 * i + 16] & 0xff) | codes[18 * i + 17] << 8);
      assertThat((double) Float.float16ToFloat(stored))
          .isCloseTo(expected, within(expected * (0x1p-11 + 1e-6)));
    }
  }

  @Test
  void halfWayScalesRoundToEven() {
    // With levels ±1, ‖k‖²/⟨k,ℓ⟩ of the row (x, 0, 0, …) is x, without rounding for these x.
    float[] row = new float[64];
    row[0] = 1 + 0x1p-11f;
    byte[] codes = encode(bucket("scale=debias,bits=1"), row);
    assertThat((codes[8] & 0xff) | codes[9] << 8).isEqualTo(Float.floatToFloat16(1f));
    row[0] = 1 + 3 * 0x1p-11f;
    codes = encode(bucket("scale=debias,bits=1"), row);
    assertThat((codes[8] & 0xff) | codes[9] << 8).isEqualTo(Float.floatToFloat16(1 + 0x1p-9f));
  }

  @ParameterizedTest
  @CsvSource({"1,0", "2,1", "3,3"})
  void aZeroKeyLiesBelowTheMiddle(int bits, int expected) {
    float[] zero = new float[64];
    byte[] scaled = encode(bucket("scale=debias,bits=" + bits), zero);
    Quantizer uniform =
        bucket("bits=" + bits).calibrate(IDENTITY, Rows.segment(random, zero), 1, 64);
    byte[] plain = encode(uniform, zero);
    for (int j = 0; j < 64; j++) {
      assertThat(code(scaled, 0, bits, 64, j)).isEqualTo(expected);
      assertThat(code(plain, 0, bits, 64, j)).isEqualTo(expected);
    }
    assertThat(scaled[8 * bits] | scaled[8 * bits + 1]).isZero();
  }

  @Test
  void specsNameWhatMatters() {
    assertThat(bucket("bits=2").spec())
        .hasToString(
            "bucket@1(bits=2,c=0.9816,center=false,levels=lloyd-max,scale=none,thresholds=sigma)");
    assertThat(bucket("thresholds=fixed,t=-5:0:5").spec())
        .hasToString(
            "bucket@1(bits=2,center=false,levels=lloyd-max,scale=none,t=-5.0:0.0:5.0,thresholds=fixed)");
  }

  @ParameterizedTest
  @CsvSource({
    "'thresholds=fixed,t=1:2',must list 3 ascending numbers for bits=2",
    "'thresholds=fixed,t=1:x:2',must list 3 ascending numbers for bits=2",
    "'thresholds=fixed,t=1:0:2',must list 3 ascending numbers for bits=2",
    "'thresholds=quartile,bits=3',needs bits=2",
    "'thresholds=fixed,scale=norm',a scale per key buckets each key by its own sigma",
    "'bits=3,c=2',c=2.0 has no effect",
    "'t=1:2:3',t=1:2:3 has no effect",
    "'bits=4',4 is not between 1 and 3"
  })
  void settingsThatDoNotFitAreRefused(String parameters, String reason) {
    assertThatThrownBy(() -> bucket(parameters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void dimensionsAreMultiplesOfEight() {
    assertThatThrownBy(() -> bucket("bits=2").codeBytes(12))
        .hasMessage(
            "bucket@1 codes dimensions that are multiples of 8, not 12; use transform=hadamard, which"
                + " pads.");
  }

  @Test
  void decodingGivesLevelsTimesScale() {
    int dim = 64;
    for (String parameters :
        new String[] {"scale=norm", "scale=debias", "bits=1,scale=norm", "bits=3,scale=norm"}) {
      Quantizer quantizer = bucket(parameters);
      assertThat(quantizer.decodes()).isTrue();
      float[][] rows = Keys.GAUSSIAN.rows(random, 9, dim);
      rows[4] = new float[dim];
      byte[] codes = encode(quantizer, rows);
      MemorySegment decoded = Rows.segment(random, (long) rows.length * dim * Float.BYTES);
      quantizer.decode(MemorySegment.ofArray(codes), rows.length, dim, decoded);
      double lost = 0;
      double all = 0;
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < dim; j++) {
          float x = decoded.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (i * dim + j) * 4L);
          lost += Math.pow(x - rows[i][j], 2);
          all += Math.pow(rows[i][j], 2);
          if (i == 4) {
            assertThat(x).isZero();
          }
        }
      }
      // Distortion of Lloyd-Max codes of a Gaussian at 1, 2 and 3 bits: 0.363, 0.118, 0.035.
      double expected =
          parameters.contains("bits=1") ? 0.363 : parameters.contains("3") ? 0.035 : 0.118;
      assertThat(lost / all).isCloseTo(expected, within(0.5 * expected));
    }
  }

  @Test
  void decodingAddsTheMeanOfCentredKeys() {
    int dim = 64;
    float[][] rows = Keys.OUTLIERS.rows(random, 200, dim);
    Quantizer quantizer =
        bucket("center=true").calibrate(IDENTITY, Rows.segment(random, rows), rows.length, dim);
    byte[] codes = encode(quantizer, rows);
    MemorySegment decoded = Rows.segment(random, (long) rows.length * dim * Float.BYTES);
    quantizer.decode(MemorySegment.ofArray(codes), rows.length, dim, decoded);
    for (int j = 0; j < dim; j++) {
      double mean = 0;
      double decodedMean = 0;
      for (int i = 0; i < rows.length; i++) {
        mean += rows[i][j] / rows.length;
        decodedMean +=
            decoded.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (i * dim + j) * 4L) / rows.length;
      }
      assertThat(decodedMean).isCloseTo(mean, within(1.5));
    }
  }
}
