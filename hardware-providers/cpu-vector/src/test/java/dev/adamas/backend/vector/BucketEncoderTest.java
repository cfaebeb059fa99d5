package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes bit for bit as the transform and the quantiser make them. */
class BucketEncoderTest {

  private static final Transform HADAMARD =
      (Transform) SparsePair.lookup().stage(Transform.class, "hadamard");

  private static final List<String> QUANTIZERS =
      List.of(
          "bucket",
          "bucket(center=true)",
          "bucket(thresholds=quartile,levels=odd)",
          "bucket(thresholds=fixed,t=-1:0:2)",
          "bucket(thresholds=fixed,t=0.25:0.5:0.75,center=true)",
          "bucket(scale=norm)",
          "bucket(scale=norm,c=1,levels=odd)",
          "bucket(center=true,scale=norm)",
          "bucket(scale=debias)",
          "bucket(scale=debias,levels=odd)",
          "bucket(center=true,scale=debias)",
          "bucket(bits=1)",
          "bucket(bits=1,scale=norm)",
          "bucket(bits=1,scale=debias)",
          "bucket(bits=1,center=true,scale=debias)");

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static Quantizer quantizer(String reference) {
    return (Quantizer) SparsePair.lookup().stage(Quantizer.class, reference);
  }

  private float[] rows(int count, int dim) {
    float[] rows = new float[count * dim];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian() * (i % dim == 5 ? 20 : 1);
    }
    return rows;
  }

  /** What the stages write. */
  private static byte[] staged(Quantizer quantizer, float[] rows, int count, int dim) {
    int size = HADAMARD.outputDim(dim);
    MemorySegment transformed = MemorySegment.ofArray(new float[count * size]);
    HADAMARD.apply(MemorySegment.ofArray(rows), count, dim, transformed);
    byte[] codes = new byte[count * quantizer.codeBytes(size)];
    quantizer.encode(transformed, count, size, MemorySegment.ofArray(codes));
    return codes;
  }

  private void check(Quantizer quantizer, float[] rows, int count, int dim, String what) {
    BucketCuts cuts = BucketCuts.of(HADAMARD, quantizer, dim).orElseThrow();
    int size = HADAMARD.outputDim(dim);
    byte[] expected = staged(quantizer, rows, count, dim);
    byte[] codes = new byte[expected.length + 7];
    assertThat(new BucketEncoder(dim, size).encode(cuts, rows, count, codes, 7)).as(what).isTrue();
    assertThat(Arrays.copyOfRange(codes, 7, codes.length)).as(what).isEqualTo(expected);
    assertThat(Arrays.copyOf(codes, 7)).containsOnly(0);
    MemorySegment transformed = MemorySegment.ofArray(new float[count * size]);
    HADAMARD.apply(MemorySegment.ofArray(rows), count, dim, transformed);
    float[] ready = transformed.toArray(ValueLayout.JAVA_FLOAT);
    assertThat(new BucketEncoder(dim, size).encodeTransformed(cuts, ready, count, codes, 7))
        .as(what)
        .isTrue();
    assertThat(Arrays.copyOfRange(codes, 7, codes.length)).as(what).isEqualTo(expected);
  }

  private Quantizer calibrated(String reference, int dim) {
    Quantizer raw = quantizer(reference);
    return raw.calibrate(HADAMARD, MemorySegment.ofArray(rows(100, dim)), 100, dim);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void everyNumberOfRows(int dim) {
    for (String reference : QUANTIZERS) {
      Quantizer quantizer = calibrated(reference, dim);
      for (int count : new int[] {1, 3, 15, 16, 17, 63, 64, 65, 127, 4097}) {
        String what = "%d rows of %d, %s, seed %d".formatted(count, dim, reference, seed);
        check(quantizer, rows(count, dim), count, dim, what);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void zerosTiesAndSubnormalNumbers(int dim) {
    float[][] special = {
      new float[dim],
      constant(dim, -0.0f),
      constant(dim, 1),
      constant(dim, 0x1p-24f),
      constant(dim, -0x1p-24f),
      constant(dim, Float.MIN_VALUE),
      constant(dim, 1e-20f),
      constant(dim, 1e18f),
      // The transform spreads these to coordinates of one size: they meet thresholds exactly.
      spike(dim, 8),
      spike(dim, -8),
      spike(dim, 16),
      spike(dim, 0x1p-24f),
      pair(dim, 8, 8),
      pair(dim, 4, -4),
      pair(dim, 16, 8)
    };
    for (String reference : QUANTIZERS) {
      float[] rows = rows(2 * special.length, dim);
      for (int i = 0; i < special.length; i++) {
        System.arraycopy(special[i], 0, rows, 2 * i * dim, dim);
      }
      String what = "%s of %d, seed %d".formatted(reference, dim, seed);
      // Calibrated on nothing but zeros, and on ordinary rows.
      MemorySegment zeros = MemorySegment.ofArray(new float[dim]);
      Quantizer flat = quantizer(reference).calibrate(HADAMARD, zeros, 1, dim);
      check(flat, rows, 2 * special.length, dim, "flat " + what);
      check(calibrated(reference, dim), rows, 2 * special.length, dim, what);
    }
  }

  private static float[] constant(int dim, float x) {
    float[] row = new float[dim];
    Arrays.fill(row, x);
    return row;
  }

  private static float[] spike(int dim, float x) {
    float[] row = new float[dim];
    row[0] = x;
    return row;
  }

  private static float[] pair(int dim, float x, float y) {
    float[] row = spike(dim, x);
    row[1] = y;
    return row;
  }

  @Test
  void rowsThatAreNotFiniteAreLeftToTheQuantiser() {
    int dim = 64;
    for (float bad :
        new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f}) {
      for (int row : new int[] {0, 15, 16, 40}) {
        float[] rows = rows(41, dim);
        rows[row * dim + 3] = bad;
        for (String reference : QUANTIZERS) {
          Quantizer quantizer = calibrated(reference, dim);
          if (reference.contains("scale")) {
            BucketCuts cuts = BucketCuts.of(HADAMARD, quantizer, dim).orElseThrow();
            byte[] codes = new byte[41 * quantizer.codeBytes(dim)];
            assertThat(new BucketEncoder(dim, dim).encode(cuts, rows, 41, codes, 0))
                .as("%s with %s in row %d", reference, bad, row)
                .isFalse();
          } else {
            check(quantizer, rows, 41, dim, "%s with %s in row %d".formatted(reference, bad, row));
          }
        }
      }
    }
  }

  @Test
  void otherQuantisersAreLeftToThemselves() {
    assertThat(BucketCuts.of(HADAMARD, quantizer("bucket(bits=3,scale=norm)"), 64)).isEmpty();
    Transform identity = (Transform) SparsePair.lookup().stage(Transform.class, "identity");
    assertThat(BucketCuts.of(identity, quantizer("bucket(scale=norm)"), 64)).isEmpty();
    assertThat(BucketCuts.of(HADAMARD, quantizer("bucket"), 64)).as("not calibrated").isEmpty();
    float[] infinite = constant(64, Float.POSITIVE_INFINITY);
    Quantizer broken =
        quantizer("bucket").calibrate(HADAMARD, MemorySegment.ofArray(infinite), 1, 64);
    Optional<BucketCuts> cuts = BucketCuts.of(HADAMARD, broken, 64);
    cuts.ifPresent(c -> check(broken, rows(20, 64), 20, 64, "calibrated on infinities"));
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void theTransformIsTheSame(int dim) {
    Transform vector = VectorHadamard.of(HADAMARD, dim);
    assertThat(vector).isInstanceOf(VectorHadamard.class);
    int size = HADAMARD.outputDim(dim);
    for (int count : new int[] {1, 16, 37}) {
      float[] rows = rows(count, dim);
      rows[3] = -0.0f;
      rows[dim / 2] = 1e38f;
      float[] expected = new float[count * size];
      float[] actual = new float[count * size];
      HADAMARD.apply(MemorySegment.ofArray(rows), count, dim, MemorySegment.ofArray(expected));
      vector.apply(MemorySegment.ofArray(rows), count, dim, MemorySegment.ofArray(actual));
      assertThat(bits(actual)).as("%d of %d, seed %d", count, dim, seed).isEqualTo(bits(expected));
    }
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(numbers[i]));
    return bits;
  }
}
