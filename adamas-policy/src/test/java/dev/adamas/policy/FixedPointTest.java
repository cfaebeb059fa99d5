package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Quantizer;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against sums of whole numbers, one by one. */
class FixedPointTest {

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Numbers of every size; {@code wild} are beyond the limits, infinite, or none. */
  private float number(boolean wild) {
    return switch (random.nextInt(wild ? 12 : 9)) {
      case 0 -> 0;
      case 1 -> -0.0f;
      case 2 -> (random.nextInt(2001) - 1000) * 0x1p-25f; // ties of the last bit
      case 3 -> Float.MIN_VALUE;
      case 4 -> (float) random.nextGaussian() * 60000;
      case 9 -> random.nextBoolean() ? Float.NaN : Float.POSITIVE_INFINITY;
      case 10 -> random.nextBoolean() ? -1e30f : Float.NEGATIVE_INFINITY;
      case 11 -> Math.scalb(1 + random.nextFloat(), 15 + random.nextInt(4));
      default -> (float) random.nextGaussian();
    };
  }

  private float[] numbers(int count, boolean wild) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      // Rare, so that blocks with and without them alternate.
      numbers[i] = number(wild && random.nextInt(3000) == 0);
    }
    return numbers;
  }

  private static BigDecimal clamped(float x, double limit) {
    return Float.isNaN(x) ? BigDecimal.ZERO : new BigDecimal(Math.clamp((double) x, -limit, limit));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void meansOfColumns(boolean wild) {
    int dim = 24;
    for (int count : new int[] {1, 85, 4096, 9001}) {
      float[] rows = numbers(count * dim, wild);
      Quantizer.KeyReader keys =
          (from, to, target) -> System.arraycopy(rows, from * dim, target, 0, (to - from) * dim);
      float[] means = FixedPoint.means(keys, count, dim);
      for (int j = 0; j < dim; j++) {
        BigInteger sum = BigInteger.ZERO;
        for (int i = 0; i < count; i++) {
          BigDecimal fixed = clamped(rows[i * dim + j], 1 << 17).multiply(new BigDecimal(1 << 24));
          sum = sum.add(fixed.setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact());
        }
        float expected = (float) (sum.longValueExact() / (double) (1 << 24) / count);
        assertThat(means[j]).as("%d rows, seed %d", count, seed).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sumsOfSquares(boolean wild) {
    int block = 2048;
    FixedPoint.Squares squares = new FixedPoint.Squares(block);
    long high = 0;
    long low = 0;
    for (int i = 0; i < 30; i++) {
      int count = i % 5 == 4 ? 1 + random.nextInt(block) : block;
      float[] x = numbers(count, wild);
      squares.add(x, count);
      for (float number : x) {
        double square = Math.min((double) number * number, 8.0 * (1 << 30));
        long fixed = (long) (square * (1 << 30));
        high += fixed >>> 32;
        low += fixed & 0xffff_ffffL;
      }
    }
    double expected = (high * 0x1p32 + low) / (1 << 30);
    assertThat(squares.sum()).as("seed %d", seed).isEqualTo(expected);
  }
}
