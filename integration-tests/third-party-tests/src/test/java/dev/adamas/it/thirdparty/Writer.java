package dev.adamas.it.thirdparty;

import dev.adamas.api.ModelShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A small decoder with random weights whose next token depends on all attention outputs so far: a
 * wrong output anywhere becomes another text.
 */
final class Writer {

  /** Where its keys and values go, and where its attention comes from. */
  interface Attention {

    /** Tokens that are cached. */
    int length();

    /**
     * Caches the rows' keys and values, {@code [rows][kvHeads][headDim]}, and attends with their
     * queries.
     *
     * @return {@code [rows][queryHeads][headDim]}
     */
    float[] attend(int layer, int rows, float[] query, float[] keys, float[] values);
  }

  static final ModelShape SHAPE = ModelShape.of(4, 4, 2, 32);

  private static final int WIDTH = SHAPE.queryHeads() * SHAPE.headDim();
  private static final int KV_WIDTH = SHAPE.kvHeads() * SHAPE.headDim();
  private static final int VOCABULARY = 211;

  private final float[][] embeddings;
  private final float[][][] queries = new float[SHAPE.layers()][][];
  private final float[][][] keys = new float[SHAPE.layers()][][];
  private final float[][][] values = new float[SHAPE.layers()][][];

  Writer(long seed) {
    Random random = new Random(seed);
    embeddings = matrix(random, VOCABULARY, WIDTH);
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      queries[layer] = matrix(random, WIDTH, WIDTH);
      keys[layer] = matrix(random, KV_WIDTH, WIDTH);
      values[layer] = matrix(random, KV_WIDTH, WIDTH);
    }
  }

  private static float[][] matrix(Random random, int rows, int columns) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = (float) (random.nextGaussian() * 1.5 / Math.sqrt(columns));
      }
    }
    return matrix;
  }

  /** A text to begin with. */
  static List<Integer> prompt(int tokens) {
    Random random = new Random(tokens);
    List<Integer> prompt = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      prompt.add(random.nextInt(VOCABULARY));
    }
    return prompt;
  }

  /** Reads tokens in one step and says which comes next. */
  int next(Attention attention, List<Integer> tokens) {
    int rows = tokens.size();
    int position = attention.length();
    float[][] state = new float[rows][];
    for (int row = 0; row < rows; row++) {
      state[row] = embeddings[tokens.get(row)].clone();
      for (int j = 0; j < WIDTH; j++) {
        state[row][j] += (float) (0.3 * Math.sin((position + row + 1) * (1 + j % 16) * 0.05));
      }
    }
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      float[] output =
          attention.attend(
              layer,
              rows,
              project(queries[layer], state),
              project(keys[layer], state),
              project(values[layer], state));
      for (int row = 0; row < rows; row++) {
        for (int j = 0; j < WIDTH; j++) {
          state[row][j] += 2 * output[row * WIDTH + j];
        }
      }
    }
    int best = 0;
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < VOCABULARY; token++) {
      double score = dot(embeddings[token], state[rows - 1]);
      if (score > bestScore) {
        bestScore = score;
        best = token;
      }
    }
    // The likeliest token of random weights repeats itself; the position keeps the text moving.
    return (best + position * 31) % VOCABULARY;
  }

  private static float[] project(float[][] weights, float[][] state) {
    float[] result = new float[weights.length * state.length];
    for (int row = 0; row < state.length; row++) {
      for (int j = 0; j < weights.length; j++) {
        result[row * weights.length + j] =
            (float)
                (4 * dot(weights[j], state[row]) / Math.sqrt(dot(state[row], state[row]) / WIDTH));
      }
    }
    return result;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (double) a[j] * b[j];
    }
    return sum;
  }
}
