package dev.adamas.model.tensor;

import jdk.incubator.vector.FloatVector;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864): pair i of a head is rotated by position
 * times frequency i, and scaled by a magnitude where a context extension asks for one.
 *
 * <p>Angles are computed in double precision, once per token and not per layer: at position 30000 a
 * float angle is off by a thousandth of a radian. Immutable.
 */
public final class Rotary {
  private final double[] frequencies;
  private final double magnitude;
  private final boolean adjacent;

  /**
   * Creates a rotation.
   *
   * @param frequencies radians per position of each pair, at most half the head dimension of them;
   *     the values of a head beyond the pairs are left as they are
   * @param magnitude factor of all rotated values, usually 1
   * @param adjacent whether a pair is values 2i and 2i + 1 of a head, not i and i + pairs
   */
  public Rotary(double[] frequencies, double magnitude, boolean adjacent) {
    this.frequencies = frequencies.clone();
    this.magnitude = magnitude;
    this.adjacent = adjacent;
  }

  /** Floats that the angles of one row take. */
  public int rowAngles() {
    return 2 * frequencies.length;
  }

  /** Floats that the angles of so many panels take. */
  public int panelAngles(int panels) {
    return Math.multiplyExact(panels, rowAngles() * Panels.WIDTH);
  }

  /** Fills the cosines, then the sines, of one position. */
  public void prepare(int position, float[] angles) {
    int pairs = frequencies.length;
    for (int i = 0; i < pairs; i++) {
      double angle = position * frequencies[i];
      angles[i] = (float) (Math.cos(angle) * magnitude);
      angles[pairs + i] = (float) (Math.sin(angle) * magnitude);
    }
  }

  /** Fills the cosines and sines of one panel whose first token has the position. */
  public void prepare(int position, float[] angles, int panel) {
    int at = panel * rowAngles() * Panels.WIDTH;
    int sines = frequencies.length * Panels.WIDTH;
    for (int i = 0; i < frequencies.length; i++, at += Panels.WIDTH) {
      for (int token = 0; token < Panels.WIDTH; token++) {
        double angle = (position + token) * frequencies[i];
        angles[at + token] = (float) (Math.cos(angle) * magnitude);
        angles[at + sines + token] = (float) (Math.sin(angle) * magnitude);
      }
    }
  }

  /** Rotates consecutive heads of one row. */
  public void apply(float[] x, int at, int heads, int headDim, float[] angles) {
    int pairs = frequencies.length;
    int step = adjacent ? 2 : 1;
    int distance = adjacent ? 1 : pairs;
    for (int head = 0; head < heads; head++) {
      int a = at + head * headDim;
      for (int i = 0; i < pairs; i++, a += step) {
        float u = x[a];
        float v = x[a + distance];
        float cos = angles[i];
        float sin = angles[pairs + i];
        x[a] = u * cos - v * sin;
        x[a + distance] = u * sin + v * cos;
      }
    }
  }

  /** Rotates consecutive heads of one panel, the first of which begins at a feature. */
  public void apply(Panels x, int feature, int heads, int headDim, float[] angles, int panel) {
    int pairs = frequencies.length;
    int step = (adjacent ? 2 : 1) * Panels.WIDTH;
    int distance = (adjacent ? 1 : pairs) * Panels.WIDTH;
    int cosines = panel * rowAngles() * Panels.WIDTH;
    int sines = cosines + pairs * Panels.WIDTH;
    for (int head = 0; head < heads; head++) {
      int a = x.at(panel, feature + head * headDim);
      for (int i = 0; i < pairs; i++, a += step) {
        for (int half = 0; half < Panels.WIDTH; half += Lanes.COUNT) {
          rotate(x.data, a + half, distance, angles, i * Panels.WIDTH + half, cosines, sines);
        }
      }
    }
  }

  private static void rotate(
      float[] x, int a, int distance, float[] angles, int at, int cosines, int sines) {
    FloatVector u = FloatVector.fromArray(Lanes.FLOAT, x, a);
    FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, a + distance);
    FloatVector cos = FloatVector.fromArray(Lanes.FLOAT, angles, cosines + at);
    FloatVector sin = FloatVector.fromArray(Lanes.FLOAT, angles, sines + at);
    u.mul(cos).sub(v.mul(sin)).intoArray(x, a);
    u.mul(sin).add(v.mul(cos)).intoArray(x, a + distance);
  }
}
