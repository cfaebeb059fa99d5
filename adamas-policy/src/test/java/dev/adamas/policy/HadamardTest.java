package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.Transform;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.Seed;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HadamardTest {

  private static final Transform HADAMARD = Rows.STAGES.stage(Transform.class, "hadamard");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 8, 16, 32, 64, 96, 128, 256, 512, 1000})
  void isTheNormativeButterflyToTheBit(int dim) {
    Random random = Seed.random("hadamard", dim);
    int rows = 1 + random.nextInt(80);
    float[][] x = Keys.OUTLIERS.rows(random, rows, dim);
    int size = HADAMARD.outputDim(dim);
    MemorySegment target = Rows.segment(random, (long) rows * size * Float.BYTES);
    HADAMARD.apply(Rows.segment(random, x), rows, dim, target);
    for (int row = 0; row < rows; row++) {
      assertThat(Rows.floats(target, row * size, size)).isEqualTo(butterflies(x[row], size));
    }
  }

  private static float[] butterflies(float[] x, int size) {
    float[] y = java.util.Arrays.copyOf(x, size);
    for (int len = 1; len < size; len *= 2) {
      for (int j = 0; j < size; j++) {
        if ((j & len) == 0) {
          float a = y[j];
          float b = y[j + len];
          y[j] = a + b;
          y[j + len] = a - b;
        }
      }
    }
    for (int j = 0; j < size; j++) {
      y[j] *= (float) (1 / Math.sqrt(size));
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void keepsProductsAndUndoesItself(int dim) {
    Random random = Seed.random("products", dim);
    float[][] x = Keys.GAUSSIAN.rows(random, 2, dim);
    int size = HADAMARD.outputDim(dim);
    MemorySegment once = Rows.segment(random, 2L * size * Float.BYTES);
    HADAMARD.apply(Rows.segment(random, x), 2, dim, once);
    assertThat(dot(Rows.floats(once, 0, size), Rows.floats(once, size, size)))
        .isCloseTo(dot(x[0], x[1]), within(1e-4));

    MemorySegment twice = Rows.segment(random, 2L * size * Float.BYTES);
    HADAMARD.apply(once, 2, size, twice);
    float[] back = Rows.floats(twice, 0, size);
    for (int j = 0; j < size; j++) {
      assertThat(back[j]).isCloseTo(j < dim ? x[0][j] : 0, within(1e-5f));
    }

    assertThat(HADAMARD.invertible()).isTrue();
    MemorySegment inverted = Rows.segment(random, 2L * dim * Float.BYTES);
    HADAMARD.invert(once, 2, dim, inverted);
    for (int row = 0; row < 2; row++) {
      // The same butterflies as a second transform, without what was padding.
      assertThat(Rows.floats(inverted, row * dim, dim))
          .isEqualTo(Rows.floats(twice, row * size, dim));
    }
  }

  @Test
  void saysHowManyCoordinatesItTakes() {
    assertThatThrownBy(() -> HADAMARD.outputDim(70_000))
        .hasMessage("hadamard@1 transforms at most 65536 coordinates, not 70000.");
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (double) a[j] * b[j];
    }
    return sum;
  }
}
