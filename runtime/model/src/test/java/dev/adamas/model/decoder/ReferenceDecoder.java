package dev.adamas.model.decoder;

import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.gguf.GgufTensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A decoder in double precision, written from the formulas: nothing cached, nothing fused, nothing
 * shared with the decoder it checks but the scalar decoding of blocks. Arrays are [feature][token].
 */
final class ReferenceDecoder {
  private final GgufFile file;
  private final DecoderConfig config;
  private final boolean adjacent;

  ReferenceDecoder(GgufFile file, DecoderConfig config) {
    this.file = file;
    this.config = config;
    adjacent = config.architecture().equals("llama");
  }

  /** The logits after the last of the tokens. Plain rotary positions only. */
  double[] logits(int[] tokens) {
    int n = tokens.length;
    int width = config.width();
    int dim = config.shape().headDim();
    double[][] x = new double[width][n];
    double[][] embedding = matrix("token_embd.weight");
    for (int t = 0; t < n; t++) {
      for (int i = 0; i < width; i++) {
        x[i][t] = embedding[tokens[t]][i];
      }
    }
    for (int l = 0; l < config.shape().layers(); l++) {
      String blk = "blk." + l + ".";
      double[][] h = norm(x, matrix(blk + "attn_norm.weight")[0]);
      double[][] q = biased(product(matrix(blk + "attn_q.weight"), h), blk + "attn_q.bias");
      double[][] k = biased(product(matrix(blk + "attn_k.weight"), h), blk + "attn_k.bias");
      double[][] v = biased(product(matrix(blk + "attn_v.weight"), h), blk + "attn_v.bias");
      if (config.architecture().equals("qwen3")) {
        q = headNorms(q, matrix(blk + "attn_q_norm.weight")[0], dim);
        k = headNorms(k, matrix(blk + "attn_k_norm.weight")[0], dim);
      }
      rotate(q, dim);
      rotate(k, dim);
      // Behind the last layer's keys and values only the last token counts.
      int first = l == config.shape().layers() - 1 ? n - 1 : 0;
      x = from(first, x);
      add(x, product(matrix(blk + "attn_output.weight"), attention(q, k, v, dim, first)));
      h = norm(x, matrix(blk + "ffn_norm.weight")[0]);
      double[][] gate = product(matrix(blk + "ffn_gate.weight"), h);
      double[][] up = product(matrix(blk + "ffn_up.weight"), h);
      for (int i = 0; i < gate.length; i++) {
        for (int t = 0; t < gate[i].length; t++) {
          gate[i][t] = gate[i][t] / (1 + Math.exp(-gate[i][t])) * up[i][t];
        }
      }
      add(x, product(matrix(blk + "ffn_down.weight"), gate));
    }
    double[][] output =
        file.tensor("output.weight").isPresent() ? matrix("output.weight") : embedding;
    double[][] logits = product(output, norm(x, matrix("output_norm.weight")[0]));
    return IntStream.range(0, logits.length).mapToDouble(i -> logits[i][0]).toArray();
  }

  private static double[][] from(int first, double[][] x) {
    return Arrays.stream(x)
        .map(row -> Arrays.copyOfRange(row, first, row.length))
        .toArray(double[][]::new);
  }

  private double[][] matrix(String name) {
    GgufTensor tensor = file.tensor(name).orElseThrow();
    int columns = (int) tensor.columns();
    double[][] rows = new double[(int) tensor.rows()][columns];
    float[] row = new float[columns];
    for (int r = 0; r < rows.length; r++) {
      tensor.type().decode(tensor.data(), r * tensor.type().bytes(columns), row, 0, columns);
      for (int i = 0; i < columns; i++) {
        rows[r][i] = row[i];
      }
    }
    return rows;
  }

  private double[][] biased(double[][] x, String name) {
    if (file.tensor(name).isPresent()) {
      double[] bias = matrix(name)[0];
      for (int i = 0; i < x.length; i++) {
        for (int t = 0; t < x[i].length; t++) {
          x[i][t] += bias[i];
        }
      }
    }
    return x;
  }

  private static double[][] product(double[][] w, double[][] x) {
    int n = x[0].length;
    double[][] y = new double[w.length][n];
    IntStream.range(0, w.length)
        .parallel()
        .forEach(
            r -> {
              int i = 0;
              for (; i + 4 <= x.length; i += 4) {
                axpy4(w[r], i, x, i, y[r], n);
              }
              for (; i < x.length; i++) {
                axpy(w[r][i], x[i], y[r], n);
              }
            });
    return y;
  }

  private static void axpy(double factor, double[] x, double[] y, int n) {
    for (int t = 0; t < n; t++) {
      y[t] += factor * x[t];
    }
  }

  /** Four rows at a time, so that {@code y} is read and written a quarter as often. */
  private static void axpy4(double[] factors, int factor, double[][] x, int at, double[] y, int n) {
    double[] a = x[at];
    double[] b = x[at + 1];
    double[] c = x[at + 2];
    double[] d = x[at + 3];
    double fa = factors[factor];
    double fb = factors[factor + 1];
    double fc = factors[factor + 2];
    double fd = factors[factor + 3];
    for (int t = 0; t < n; t++) {
      y[t] += (fa * a[t] + fb * b[t]) + (fc * c[t] + fd * d[t]);
    }
  }

  private static void add(double[][] x, double[][] y) {
    for (int i = 0; i < x.length; i++) {
      axpy(1, y[i], x[i], x[i].length);
    }
  }

  private double[][] norm(double[][] x, double[] weight) {
    int n = x[0].length;
    double[][] y = new double[x.length][n];
    for (int t = 0; t < n; t++) {
      double squares = 0;
      for (double[] feature : x) {
        squares += feature[t] * feature[t];
      }
      double scale = 1 / Math.sqrt(squares / x.length + config.epsilon());
      for (int i = 0; i < x.length; i++) {
        y[i][t] = x[i][t] * scale * weight[i];
      }
    }
    return y;
  }

  private double[][] headNorms(double[][] x, double[] weight, int dim) {
    double[][] y = new double[x.length][];
    for (int head = 0; head < x.length; head += dim) {
      double[][] part = new double[dim][];
      System.arraycopy(x, head, part, 0, dim);
      System.arraycopy(norm(part, weight), 0, y, head, dim);
    }
    return y;
  }

  private void rotate(double[][] x, int dim) {
    int pairs = config.rotaryDim() / 2;
    double base = file.metadata().number(config.architecture() + ".rope.freq_base").orElse(10000);
    for (int head = 0; head < x.length; head += dim) {
      for (int i = 0; i < pairs; i++) {
        double[] a = x[head + (adjacent ? 2 * i : i)];
        double[] b = x[head + (adjacent ? 2 * i + 1 : i + pairs)];
        double frequency = Math.pow(base, -(double) i / pairs);
        for (int t = 0; t < a.length; t++) {
          double cos = Math.cos(t * frequency);
          double sin = Math.sin(t * frequency);
          double u = a[t];
          a[t] = u * cos - b[t] * sin;
          b[t] = u * sin + b[t] * cos;
        }
      }
    }
  }

  private double[][] attention(double[][] q, double[][] k, double[][] v, int dim, int first) {
    int n = q[0].length;
    int group = config.shape().groupSize();
    double[][] out = new double[q.length][n - first];
    double[][][] values = new double[v.length / dim][n][dim];
    for (int i = 0; i < v.length; i++) {
      for (int t = 0; t < n; t++) {
        values[i / dim][t][i % dim] = v[i][t];
      }
    }
    IntStream.range(0, config.shape().queryHeads() * (n - first))
        .parallel()
        .forEach(
            task -> {
              int head = task / (n - first);
              int t = first + task % (n - first);
              int kv = head / group;
              double[] p = new double[t + 1];
              double[] query = new double[dim];
              for (int i = 0; i < dim; i++) {
                query[i] = q[head * dim + i][t] / Math.sqrt(dim);
              }
              for (int i = 0; i < dim; i += 4) {
                axpy4(query, i, k, kv * dim + i, p, t + 1);
              }
              double max = Double.NEGATIVE_INFINITY;
              for (double s : p) {
                max = Math.max(max, s);
              }
              double sum = 0;
              for (int i = 0; i <= t; i++) {
                p[i] = Math.exp(p[i] - max);
                sum += p[i];
              }
              double[] row = new double[dim];
              int j = 0;
              for (; j + 4 <= t + 1; j += 4) {
                axpy4(p, j, values[kv], j, row, dim);
              }
              for (; j <= t; j++) {
                axpy(p[j], values[kv][j], row, dim);
              }
              for (int i = 0; i < dim; i++) {
                out[head * dim + i][t - first] = row[i] / sum;
              }
            });
    return out;
  }
}
