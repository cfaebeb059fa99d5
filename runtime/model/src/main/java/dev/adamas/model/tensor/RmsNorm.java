package dev.adamas.model.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Root mean square normalisation (Zhang and Sennrich, arXiv 1910.07467): {@code y_i = x_i · w_i /
 * sqrt(mean(x²) + epsilon)}. Immutable.
 */
public final class RmsNorm {
  private final float[] weight;
  private final float epsilon;

  /**
   * Creates a norm over as many values as there are weights.
   *
   * @param weight kept, not copied
   */
  public RmsNorm(float[] weight, float epsilon) {
    this.weight = weight;
    this.epsilon = epsilon;
  }

  /** Normalises {@code x[at…]} into {@code y[yAt…]}, which may be the same values. */
  public void apply(float[] x, int at, float[] y, int yAt) {
    int n = weight.length;
    FloatVector a = FloatVector.zero(Lanes.FLOAT);
    FloatVector b = FloatVector.zero(Lanes.FLOAT);
    int i = 0;
    for (; i <= n - 2 * Lanes.COUNT; i += 2 * Lanes.COUNT) {
      FloatVector u = FloatVector.fromArray(Lanes.FLOAT, x, at + i);
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i + Lanes.COUNT);
      a = u.fma(u, a);
      b = v.fma(v, b);
    }
    float sum = Lanes.sum(a.add(b));
    for (; i < n; i++) {
      sum += x[at + i] * x[at + i];
    }
    float scale = (float) (1 / Math.sqrt(sum / n + epsilon));
    for (i = 0; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, x, at + i)
          .mul(scale)
          .mul(FloatVector.fromArray(Lanes.FLOAT, weight, i))
          .intoArray(y, yAt + i);
    }
    for (; i < n; i++) {
      y[yAt + i] = x[at + i] * scale * weight[i];
    }
  }

  /**
   * Normalises each token of a panel over features {@code from … from + weights - 1} into the same
   * features of {@code y}, which may be {@code x}.
   */
  public void apply(Panels x, Panels y, int from, int panel) {
    for (int half = 0; half < Panels.WIDTH; half += Lanes.COUNT) {
      applyVector(x.data, x.at(panel, from) + half, y.data, y.at(panel, from) + half);
    }
  }

  /** One vector of tokens; features are {@link Panels#WIDTH} apart. */
  private void applyVector(float[] x, int at, float[] y, int yAt) {
    int n = weight.length;
    FloatVector sum = FloatVector.zero(Lanes.FLOAT);
    for (int i = 0; i < n; i++) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, at + i * Panels.WIDTH);
      sum = v.fma(v, sum);
    }
    FloatVector scale =
        FloatVector.broadcast(Lanes.FLOAT, 1)
            .div(sum.div(n).add(epsilon).lanewise(VectorOperators.SQRT));
    for (int i = 0; i < n; i++) {
      FloatVector.fromArray(Lanes.FLOAT, x, at + i * Panels.WIDTH)
          .mul(scale)
          .mul(weight[i])
          .intoArray(y, yAt + i * Panels.WIDTH);
    }
  }
}
