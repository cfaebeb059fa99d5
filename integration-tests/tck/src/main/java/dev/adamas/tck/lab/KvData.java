package dev.adamas.tck.lab;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Keys and values of one layer, before they are stored in a number format.
 *
 * @param keys {@code [kvHeads][tokens][headDim]}
 * @param values {@code [kvHeads][tokens][headDim]}
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record KvData(float[][][] keys, float[][][] values) {

  /** How keys are distributed. */
  public enum Keys {
    /** Independent Gaussian coordinates. */
    GAUSSIAN,
    /** Some coordinates are large, with a mean far from zero, as in language models. */
    OUTLIERS,
    /** Gaussian directions with lengths that follow a power law. */
    POWER_LAW,
    /** Three different rows, so that scores tie. */
    TIES,
    /** Most rows are zero. */
    ZEROS,
    /** All rows are equal. */
    EQUAL
  }

  /** Random data; that of fewer tokens from the same seed is a prefix. */
  public static KvData random(long seed, Keys kind, int kvHeads, int tokens, int dim) {
    SplittableRandom all = new SplittableRandom(seed);
    float[][][] keys = new float[kvHeads][][];
    float[][][] values = new float[kvHeads][][];
    for (int head = 0; head < kvHeads; head++) {
      keys[head] = rows(all.split(), kind, tokens, dim);
      values[head] = rows(all.split(), Keys.GAUSSIAN, tokens, dim);
    }
    return new KvData(keys, values);
  }

  /** {@code [count][dim]} rows. */
  public static float[][] rows(RandomGenerator random, Keys kind, int count, int dim) {
    float[][] rows = new float[count][dim];
    float[] bias = new float[dim];
    for (int i = 0; i < Math.max(1, dim / 32); i++) {
      bias[random.nextInt(dim)] = random.nextFloat(-12, 12);
    }
    float[][] few = {gaussian(random, dim), gaussian(random, dim), gaussian(random, dim)};
    for (float[] row : rows) {
      float[] fresh =
          switch (kind) {
            case GAUSSIAN, OUTLIERS -> gaussian(random, dim);
            case POWER_LAW ->
                scaled(gaussian(random, dim), 0.3 * Math.pow(random.nextDouble(), -0.4));
            case TIES -> few[random.nextInt(few.length)];
            case ZEROS -> random.nextInt(4) == 0 ? gaussian(random, dim) : row;
            case EQUAL -> few[0];
          };
      for (int j = 0; j < dim; j++) {
        row[j] = kind == Keys.OUTLIERS ? fresh[j] + bias[j] : fresh[j];
      }
    }
    return rows;
  }

  private static float[] gaussian(RandomGenerator random, int dim) {
    float[] row = new float[dim];
    for (int j = 0; j < dim; j++) {
      row[j] = (float) random.nextGaussian();
    }
    return row;
  }

  private static float[] scaled(float[] row, double factor) {
    for (int j = 0; j < row.length; j++) {
      row[j] *= (float) factor;
    }
    return row;
  }

  /** {@code count} Gaussian numbers. */
  public static float[] query(RandomGenerator random, int count) {
    return gaussian(random, count);
  }

  /** Tokens. */
  public int tokens() {
    return keys[0].length;
  }
}
