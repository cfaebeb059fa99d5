package dev.adamas.it.thirdparty;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The same text without any engine: keys and values in arrays, attention in double precision over
 * the tokens that each layer should see. What a test compares with.
 */
final class PlainText implements Writer.Attention {

  /** Which of {@code visible} tokens a layer sees at a step; the prompt is no step. */
  interface Visibility {
    IntStream tokens(int step, int layer, int visible);
  }

  private final Visibility visibility;
  private final List<List<float[]>> keys = new ArrayList<>();
  private final List<List<float[]>> values = new ArrayList<>();
  private int step = -1;

  private PlainText(Visibility visibility) {
    this.visibility = visibility;
    for (int layer = 0; layer < Writer.SHAPE.layers(); layer++) {
      keys.add(new ArrayList<>());
      values.add(new ArrayList<>());
    }
  }

  /** The tokens that follow a prompt. */
  static List<Integer> tokens(
      Writer writer, List<Integer> prompt, int tokens, Visibility visibility) {
    PlainText text = new PlainText(visibility);
    int last = writer.next(text, prompt);
    List<Integer> written = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      text.step = i;
      last = writer.next(text, List.of(last));
      written.add(last);
    }
    return written;
  }

  /** Every token. */
  static IntStream all(int step, int layer, int visible) {
    return IntStream.range(0, visible);
  }

  @Override
  public int length() {
    return keys.getLast().size();
  }

  @Override
  public float[] attend(int layer, int rows, float[] query, float[] newKeys, float[] newValues) {
    int dim = Writer.SHAPE.headDim();
    int kvWidth = Writer.SHAPE.kvHeads() * dim;
    for (int row = 0; row < rows; row++) {
      keys.get(layer).add(slice(newKeys, row * kvWidth, kvWidth));
      values.get(layer).add(slice(newValues, row * kvWidth, kvWidth));
    }
    int heads = Writer.SHAPE.queryHeads();
    float[] output = new float[rows * heads * dim];
    for (int row = 0; row < rows; row++) {
      int visible = keys.get(layer).size() - rows + row + 1;
      int[] tokens =
          (step < 0 ? IntStream.range(0, visible) : visibility.tokens(step, layer, visible))
              .toArray();
      for (int head = 0; head < heads; head++) {
        attend(layer, query, (row * heads + head) * dim, head, tokens, output);
      }
    }
    return output;
  }

  private void attend(int layer, float[] query, int at, int head, int[] tokens, float[] output) {
    int dim = Writer.SHAPE.headDim();
    int offset = head / Writer.SHAPE.groupSize() * dim;
    double[] weights = new double[tokens.length];
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < tokens.length; i++) {
      float[] key = keys.get(layer).get(tokens[i]);
      for (int j = 0; j < dim; j++) {
        weights[i] += (double) query[at + j] * key[offset + j];
      }
      weights[i] *= Writer.SHAPE.softmaxScale();
      largest = Math.max(largest, weights[i]);
    }
    double total = 0;
    double[] sums = new double[dim];
    for (int i = 0; i < tokens.length; i++) {
      double weight = Math.exp(weights[i] - largest);
      float[] value = values.get(layer).get(tokens[i]);
      total += weight;
      for (int j = 0; j < dim; j++) {
        sums[j] += weight * value[offset + j];
      }
    }
    for (int j = 0; j < dim; j++) {
      output[at + j] = (float) (sums[j] / total);
    }
  }

  private static float[] slice(float[] rows, int from, int length) {
    return java.util.Arrays.copyOfRange(rows, from, from + length);
  }
}
