package dev.adamas.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms, rotary positions and activations, in both layouts, against their formulas in double. */
class RowsAndPanelsTest {
  private Random random = new Random();

  @BeforeEach
  void seed() {
    String given = System.getProperty("adamas.seed", "");
    long seed = given.isEmpty() ? System.nanoTime() : Long.parseLong(given);
    System.out.println("RowsAndPanelsTest seed " + seed);
    random = new Random(seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 17, 64, 96, 127, 576, 4097})
  void normIsTheFormula(int n) {
    float epsilon = 1e-5f;
    float[] weight = gaussian(n);
    RmsNorm norm = new RmsNorm(weight, epsilon);
    int tokens = 21;
    Panels panels = new Panels(n + 2, tokens);
    float[][] rows = new float[tokens][];
    for (int t = 0; t < tokens; t++) {
      rows[t] = gaussian(n + 2);
      panels.set(t, 0, rows[t], 0, n + 2);
    }
    for (int p = 0; p < panels.count(); p++) {
      norm.apply(panels, panels, 1, p);
    }
    float[] fromPanel = new float[n + 2];
    for (int t = 0; t < tokens; t++) {
      double squares = 0;
      for (int i = 0; i < n; i++) {
        squares += (double) rows[t][1 + i] * rows[t][1 + i];
      }
      double scale = 1 / Math.sqrt(squares / n + epsilon);
      float[] fromRow = rows[t].clone();
      norm.apply(fromRow, 1, fromRow, 1);
      panels.get(t, 0, fromPanel, 0, n + 2);
      for (int i = 0; i < n; i++) {
        double expected = rows[t][1 + i] * scale * weight[i];
        double tolerance = 4e-6 * Math.abs(expected);
        assertThat((double) fromRow[1 + i]).isCloseTo(expected, offset(tolerance));
        assertThat((double) fromPanel[1 + i]).isCloseTo(expected, offset(tolerance));
      }
      for (float[] result : new float[][] {fromRow, fromPanel}) {
        assertThat(result[0]).isEqualTo(rows[t][0]);
        assertThat(result[n + 1]).isEqualTo(rows[t][n + 1]);
      }
    }
  }

  @Test
  void rotationIsTheFormulaForBothPairings() {
    for (boolean adjacent : new boolean[] {true, false}) {
      for (int headDim : new int[] {2, 64, 96, 128}) {
        // Partial rotary: the last quarter of a wide head stays as it is.
        int pairs = headDim == 128 ? 48 : headDim / 2;
        double[] frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) {
          frequencies[i] = Math.pow(10000, -(double) i / pairs);
        }
        Rotary rotary = new Rotary(frequencies, 1.25, adjacent);
        int heads = 3;
        int tokens = 37;
        int first = 31990;
        int features = 5 + heads * headDim;
        Panels panels = new Panels(features, tokens);
        float[][] rows = new float[tokens][];
        for (int t = 0; t < tokens; t++) {
          rows[t] = gaussian(features);
          panels.set(t, 0, rows[t], 0, features);
        }
        float[] panelAngles = new float[rotary.panelAngles(panels.count())];
        for (int p = 0; p < panels.count(); p++) {
          rotary.prepare(first + p * Panels.WIDTH, panelAngles, p);
          rotary.apply(panels, 5, heads, headDim, panelAngles, p);
        }
        float[] rowAngles = new float[rotary.rowAngles()];
        float[] fromPanel = new float[features];
        for (int t = 0; t < tokens; t++) {
          float[] fromRow = rows[t].clone();
          rotary.prepare(first + t, rowAngles);
          rotary.apply(fromRow, 5, heads, headDim, rowAngles);
          panels.get(t, 0, fromPanel, 0, features);
          double[] expected = rotated(rows[t], first + t, frequencies, adjacent, heads, headDim);
          for (int i = 0; i < features; i++) {
            assertThat((double) fromRow[i]).isCloseTo(expected[i], offset(2e-6));
            assertThat((double) fromPanel[i]).isCloseTo(expected[i], offset(2e-6));
          }
        }
      }
    }
  }

  private static double[] rotated(
      float[] row, int position, double[] frequencies, boolean adjacent, int heads, int headDim) {
    double[] y = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      y[i] = row[i];
    }
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < frequencies.length; i++) {
        int a = 5 + head * headDim + (adjacent ? 2 * i : i);
        int b = adjacent ? a + 1 : a + frequencies.length;
        double cos = Math.cos(position * frequencies[i]);
        double sin = Math.sin(position * frequencies[i]);
        y[a] = 1.25 * (row[a] * cos - row[b] * sin);
        y[b] = 1.25 * (row[a] * sin + row[b] * cos);
      }
    }
    return y;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 17, 127, 4097})
  void gateIsTheFormula(int n) {
    float[] gate = gaussian(n + 2);
    float[] up = gaussian(n + 2);
    gate[1] = -300;
    for (int i = 0; i < n; i++) {
      gate[1 + i] *= 8;
    }
    Panels panelGate = new Panels(n + 2, 5);
    Panels panelUp = new Panels(n + 2, 5);
    panelGate.set(4, 0, gate, 0, n + 2);
    panelUp.set(4, 0, up, 0, n + 2);
    Elementwise.siluTimes(panelGate, panelUp, 1, 1, n + 1);
    float[] fromPanel = new float[n + 2];
    panelGate.get(4, 0, fromPanel, 0, n + 2);
    float[] fromRow = gate.clone();
    Elementwise.siluTimes(fromRow, up, 1, n + 1);
    for (int i = 1; i <= n; i++) {
      double expected = gate[i] / (1 + Math.exp(-(double) gate[i])) * up[i];
      double tolerance = 1e-6 * Math.abs(expected) + 1e-30;
      assertThat((double) fromRow[i]).isCloseTo(expected, offset(tolerance));
      assertThat((double) fromPanel[i]).isCloseTo(expected, offset(tolerance));
    }
    for (float[] result : new float[][] {fromRow, fromPanel}) {
      assertThat(result[0]).isEqualTo(gate[0]);
      assertThat(result[n + 1]).isEqualTo(gate[n + 1]);
    }
  }

  @Test
  void exponentialIsWithinItsBound() {
    float[] x = new float[Lanes.COUNT];
    float[] y = new float[Lanes.COUNT];
    double worst = 0;
    for (double start = -87; start < 88; start += 0.0137 * Lanes.COUNT) {
      for (int i = 0; i < Lanes.COUNT; i++) {
        x[i] = (float) Math.min(88, start + 0.0137 * i);
      }
      Elementwise.exp(FloatVector.fromArray(Lanes.FLOAT, x, 0)).intoArray(y, 0);
      for (int i = 0; i < Lanes.COUNT; i++) {
        double exact = Math.exp(x[i]);
        worst = Math.max(worst, Math.abs(y[i] / exact - 1));
      }
    }
    assertThat(worst).isLessThan(2e-7);
  }

  @Test
  void additionsReachExactlyTheirRange() {
    float[] x = gaussian(37);
    float[] y = gaussian(37);
    float[] sum = x.clone();
    Elementwise.add(sum, y, 2, 35);
    for (int i = 0; i < 37; i++) {
      assertThat(sum[i]).isEqualTo(i >= 2 && i < 35 ? x[i] + y[i] : x[i]);
    }
    Panels panels = new Panels(37, 20);
    panels.set(18, 0, x, 0, 37);
    float[] bias = {1, 2, 3};
    Elementwise.addBias(panels, 4, bias, 18 / Panels.WIDTH);
    panels.get(18, 0, sum, 0, 37);
    for (int i = 0; i < 37; i++) {
      assertThat(sum[i]).isEqualTo(i >= 4 && i < 7 ? x[i] + bias[i - 4] : x[i]);
    }
  }

  private float[] gaussian(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
