package dev.adamas.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products against sums in double precision over what the scalar decoder says the weights are. */
class MatrixTest {
  private Random random = new Random();

  @BeforeEach
  void seed() {
    String given = System.getProperty("adamas.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    System.out.println("MatrixTest seed " + seed);
    random = new Random(seed);
  }

  static List<TensorType> types() {
    return Arrays.stream(TensorType.values()).filter(TensorType::decodable).toList();
  }

  private static int[] columns(TensorType type) {
    return switch (type.valuesPerBlock()) {
      case 1 -> new int[] {1, 3, 7, 8, 15, 16, 17, 33, 127, 256, 4097};
      case 32 -> new int[] {32, 64, 96, 256, 288, 704, 1536};
      default -> new int[] {256, 512, 768};
    };
  }

  @ParameterizedTest
  @MethodSource("types")
  void rowsDecodeAsTheScalarDecoderSays(TensorType type) {
    for (int columns : columns(type)) {
      int rows = 5;
      MemorySegment data = RandomWeights.of(type, rows, columns, random);
      Matrix matrix = Matrix.of(type, data, rows, columns);
      float[] expected = decoded(type, data, rows, columns);
      float[] actual = new float[columns + 3];
      for (int r = 0; r < rows; r++) {
        matrix.row(r, actual, 2);
        for (int i = 0; i < columns; i++) {
          float e = expected[r * columns + i];
          // One rounding less where multiplication and addition are fused.
          assertThat((double) actual[2 + i])
              .as("%s row %d of %d columns, value %d", type, r, columns, i)
              .isCloseTo(e, within(1e-6 * (Math.abs(e) + 0.5)));
        }
      }
    }
  }

  private static Offset<Double> within(double d) {
    return offset(d);
  }

  @Test
  void everyHalfPrecisionValueDecodesExactly() {
    for (TensorType type : List.of(TensorType.F16, TensorType.BF16)) {
      MemorySegment data = Arena.ofAuto().allocate(2 * 65536);
      for (int i = 0; i < 65536; i++) {
        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) i);
      }
      float[] actual = new float[65536];
      Matrix.of(type, data, 1, 65536).row(0, actual, 0);
      for (int i = 0; i < 65536; i++) {
        float expected =
            type == TensorType.F16
                ? Float.float16ToFloat((short) i)
                : Float.intBitsToFloat(i << 16);
        if (Float.isNaN(expected)) {
          assertThat(actual[i]).isNaN();
        } else {
          assertThat(Float.floatToRawIntBits(actual[i]))
              .as("%s %04x", type, i)
              .isEqualTo(Float.floatToRawIntBits(expected));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void productWithARowIsTheSumInDoublePrecision(TensorType type) {
    for (int columns : columns(type)) {
      int rows = 7;
      MemorySegment data = RandomWeights.of(type, rows, columns, random);
      Matrix matrix = Matrix.of(type, data, rows, columns);
      float[] w = decoded(type, data, rows, columns);
      float[] x = gaussian(columns + 5);
      float[] y = new float[rows + 4];
      Scratch scratch = new Scratch(columns);
      matrix.multiply(x, 5, y, 3, 0, 4, scratch);
      matrix.multiply(x, 5, y, 3, 4, rows, scratch);
      for (int r = 0; r < rows; r++) {
        check(w, r, x, 5, columns, y[3 + r], type + " with " + columns + " columns, row " + r);
      }
      assertThat(y[0]).isZero();
      assertThat(y[rows + 3]).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void productWithPanelsIsTheSumInDoublePrecision(TensorType type) {
    int[] tokens = {1, 3, 17, 127};
    for (int columns : columns(type)) {
      int n = tokens[random.nextInt(tokens.length)];
      int rows = 1 + random.nextInt(20);
      MemorySegment data = RandomWeights.of(type, rows, columns, random);
      Matrix matrix = Matrix.of(type, data, rows, columns);
      float[] w = decoded(type, data, rows, columns);
      Panels x = new Panels(columns, n);
      Panels y = new Panels(rows + 2, n);
      float[] before = gaussian(n * (rows + 2));
      float[] input = gaussian(n * columns);
      for (int t = 0; t < n; t++) {
        x.set(t, 0, input, t * columns, columns);
        y.set(t, 0, before, t * (rows + 2), rows + 2);
      }
      Scratch scratch = new Scratch(columns);
      boolean add = random.nextBoolean();
      int split = random.nextInt(rows + 1);
      matrix.multiply(x, y, 1, Panels.count(n), split, rows, add, scratch);
      matrix.multiply(x, y, 1, Panels.count(n), 0, split, add, scratch);
      float[] output = new float[rows + 2];
      for (int t = 0; t < n; t++) {
        y.get(t, 0, output, 0, rows + 2);
        int at = t * (rows + 2);
        assertThat(output[0]).isEqualTo(before[at]);
        assertThat(output[rows + 1]).isEqualTo(before[at + rows + 1]);
        for (int r = 0; r < rows; r++) {
          float product = add ? output[1 + r] - before[at + 1 + r] : output[1 + r];
          check(
              w,
              r,
              input,
              t * columns,
              columns,
              product,
              "%s, %d columns, row %d of %d, token %d of %d, add %s"
                  .formatted(type, columns, r, rows, t, n, add));
        }
      }
    }
  }

  /** What makes results independent of threads and of how a prompt is cut into chunks. */
  @ParameterizedTest
  @MethodSource("types")
  void resultsDoNotDependOnRangesOrOnTheCompanyOfATokenBitForBit(TensorType type) {
    int columns = columns(type)[columns(type).length - 1];
    int rows = 13;
    MemorySegment data = RandomWeights.of(type, rows, columns, random);
    Matrix matrix = Matrix.of(type, data, rows, columns);
    float[] input = gaussian(40 * columns);
    Scratch scratch = new Scratch(columns);

    float[] whole = new float[rows];
    matrix.multiply(input, 0, whole, 0, 0, rows, scratch);
    float[] single = new float[rows];
    for (int r = rows - 1; r >= 0; r--) {
      matrix.multiply(input, 0, single, 0, r, r + 1, scratch);
    }
    assertThat(single).isEqualTo(whole);

    Panels many = new Panels(columns, 40);
    for (int t = 0; t < 40; t++) {
      many.set(t, 0, input, t * columns, columns);
    }
    Panels one = new Panels(columns, 1);
    one.set(0, 0, input, 37 * columns, columns);
    Panels manyOut = new Panels(rows, 40);
    Panels oneOut = new Panels(rows, 1);
    matrix.multiply(many, manyOut, 0, many.count(), 0, rows, false, scratch);
    matrix.multiply(one, oneOut, 0, 1, 0, 5, false, scratch);
    matrix.multiply(one, oneOut, 0, 1, 5, rows, false, scratch);
    manyOut.get(37, 0, whole, 0, rows);
    oneOut.get(0, 0, single, 0, rows);
    assertThat(single).isEqualTo(whole);
  }

  @Test
  void wrongSizesAndTypesAreRefusedInOneSentence() {
    MemorySegment data = Arena.ofAuto().allocate(100);
    assertThatThrownBy(() -> Matrix.of(TensorType.F32, data, 5, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A F32 matrix of 5 by 4 takes 80 bytes, but 100 were given.");
    assertThatThrownBy(() -> Matrix.of(TensorType.Q8_0, data, 1, 33))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32");
    assertThatThrownBy(() -> Matrix.of(TensorType.IQ1_S, data, 2, 256))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("IQ1_S")
        .hasMessageContaining("Q8_0");
  }

  private static void check(
      float[] w, int row, float[] x, int at, int columns, float actual, String what) {
    double sum = 0;
    double magnitude = 0;
    for (int i = 0; i < columns; i++) {
      double product = (double) w[row * columns + i] * x[at + i];
      sum += product;
      magnitude += Math.abs(product);
    }
    // Float sums err by a few units in the last place of the magnitudes, growing with the root of
    // their number.
    double tolerance = 1.2e-7 * (4 + Math.sqrt(columns)) * magnitude + 1e-6;
    assertThat((double) actual).as(what).isCloseTo(sum, within(tolerance));
  }

  private float[] gaussian(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] decoded(TensorType type, MemorySegment data, int rows, int columns) {
    float[] values = new float[rows * columns];
    type.decode(data, 0, values, 0, rows * columns);
    return values;
  }
}
