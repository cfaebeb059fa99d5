package dev.adamas.model.tensor;

/**
 * The state of many tokens, feature by feature: panel p holds tokens {@code WIDTH·p …
 * WIDTH·(p+1)-1}, and within it each feature has the values of those tokens side by side.
 *
 * <p>Tokens beyond the last one in use are computed like the others and ignored. Threads may work
 * on different panels, or on different features of one, at the same time.
 */
public final class Panels {
  /** Tokens of a panel: two vectors. */
  public static final int WIDTH = 2 * Lanes.COUNT;

  final float[] data;
  private final int features;
  private final int count;

  /**
   * Allocates zeros.
   *
   * @param features values per token
   * @param tokens the most tokens it will hold
   */
  public Panels(int features, int tokens) {
    this.features = features;
    count = count(tokens);
    data = new float[Math.multiplyExact(Math.multiplyExact(features, count), WIDTH)];
  }

  /** The panels that so many tokens take. */
  public static int count(int tokens) {
    return Math.ceilDiv(tokens, WIDTH);
  }

  /** Values per token. */
  public int features() {
    return features;
  }

  /** Panels allocated. */
  public int count() {
    return count;
  }

  /** Where the tokens of a feature begin. */
  int at(int panel, int feature) {
    return (panel * features + feature) * WIDTH;
  }

  /** Copies a row into a token, starting at a feature. */
  public void set(int token, int feature, float[] row, int from, int length) {
    int at = at(token / WIDTH, feature) + token % WIDTH;
    for (int i = 0; i < length; i++) {
      data[at + i * WIDTH] = row[from + i];
    }
  }

  /** Copies consecutive features of a token into a row. */
  public void get(int token, int feature, float[] row, int to, int length) {
    int at = at(token / WIDTH, feature) + token % WIDTH;
    for (int i = 0; i < length; i++) {
      row[to + i] = data[at + i * WIDTH];
    }
  }

  /** Copies a panel of another with the same features to this one's first. */
  public void copy(Panels source, int panel) {
    System.arraycopy(source.data, source.at(panel, 0), data, 0, features * WIDTH);
  }
}
