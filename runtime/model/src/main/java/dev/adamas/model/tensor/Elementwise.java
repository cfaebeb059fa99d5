package dev.adamas.model.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** What is done to each value by itself, in either layout. */
public final class Elementwise {
  private static final float LOG2_E = (float) 1.4426950408889634;
  private static final float LN2_HIGH = 0x1.63p-1f;
  private static final float LN2_LOW = (float) -2.12194440e-4;

  /** Adding and subtracting 1.5 · 2^23 rounds to an integer, which is then in the low bits. */
  private static final float ROUND = 0x1.8p23f;

  private Elementwise() {}

  /** {@code to = from}, or {@code to += from}; the length is a multiple of the lanes. */
  static void store(float[] from, float[] to, int at, int length, boolean add) {
    for (int i = 0; i < length; i += Lanes.COUNT) {
      FloatVector v = FloatVector.fromArray(Lanes.FLOAT, from, i);
      if (add) {
        v = FloatVector.fromArray(Lanes.FLOAT, to, at + i).add(v);
      }
      v.intoArray(to, at + i);
    }
  }

  /**
   * The gate of a feed-forward layer on one row, {@code gate[i] = silu(gate[i]) · up[i]} for {@code
   * from <= i < to}, with silu(x) = x / (1 + e^-x).
   */
  public static void siluTimes(float[] gate, float[] up, int from, int to) {
    int i = from;
    for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector g = FloatVector.fromArray(Lanes.FLOAT, gate, i);
      silu(g).mul(FloatVector.fromArray(Lanes.FLOAT, up, i)).intoArray(gate, i);
    }
    for (; i < to; i++) {
      gate[i] = (float) (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
    }
  }

  /** The same on features {@code from … to-1} of the first panels. */
  public static void siluTimes(Panels gate, Panels up, int panels, int from, int to) {
    for (int p = 0; p < panels; p++) {
      siluTimes(gate.data, up.data, gate.at(p, from), gate.at(p, to));
    }
  }

  /** {@code x[i] += y[i]} for {@code from <= i < to}. */
  public static void add(float[] x, float[] y, int from, int to) {
    int i = from;
    for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOAT, x, i)
          .add(FloatVector.fromArray(Lanes.FLOAT, y, i))
          .intoArray(x, i);
    }
    for (; i < to; i++) {
      x[i] += y[i];
    }
  }

  /** Adds {@code bias[i]} to feature {@code feature + i} of every token of a panel. */
  public static void addBias(Panels x, int feature, float[] bias, int panel) {
    for (int i = 0; i < bias.length; i++) {
      int at = x.at(panel, feature + i);
      for (int half = at; half < at + Panels.WIDTH; half += Lanes.COUNT) {
        FloatVector.fromArray(Lanes.FLOAT, x.data, half).add(bias[i]).intoArray(x.data, half);
      }
    }
  }

  private static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(1));
  }

  /**
   * e^x to about 1e-7 relative, for x from -87 to 88; beyond, the value at that bound.
   *
   * <p>x = n·ln 2 + r with |r| at most half of ln 2; the polynomial of Cephes' expf for e^r, and n
   * is added to the exponent.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.min(88).max(-87);
    FloatVector shifted =
        bounded.fma(
            FloatVector.broadcast(Lanes.FLOAT, LOG2_E), FloatVector.broadcast(Lanes.FLOAT, ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -LN2_HIGH), bounded);
    r = n.fma(FloatVector.broadcast(Lanes.FLOAT, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(Lanes.FLOAT, (float) 1.9875691500e-4);
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, (float) 1.3981999507e-3));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, (float) 8.3334519073e-3));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, (float) 4.1665795894e-2));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, (float) 1.6666665459e-1));
    p = p.fma(r, FloatVector.broadcast(Lanes.FLOAT, (float) 5.0000001201e-1));
    p = p.fma(r.mul(r), r.add(1));
    return p.reinterpretAsInts()
        .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats();
  }
}
