package dev.adamas.it.definitions;

import java.util.Arrays;

/**
 * What the codes of one KV head's keys miss, coded by signs with the scale {@code ‖r‖² / Σ|r_j|} as
 * fp16.
 *
 * <p>A key's own code or scale that rounding could change moves its miss as a whole, so that signs
 * and scales are bounded rather than compared with thresholds.
 */
final class KeyMisses {

  private final double[][] signs;

  /** By how much rounding may change a sign: 2 or 0. */
  private final double[][] doubt;

  private final double[] scale;
  private final double[] scaleSlack;

  KeyMisses(int tokens) {
    signs = new double[tokens][];
    doubt = new double[tokens][];
    scale = new double[tokens];
    scaleSlack = new double[tokens];
  }

  /** 1 above 0, else -1. */
  static double[] signs(double[] x) {
    return Arrays.stream(x).map(v -> v > 0 ? 1 : -1).toArray();
  }

  /**
   * Codes the miss of a token.
   *
   * @param moved how far each coordinate may be off in a backend as the key's code is in doubt
   * @param rounding the norm of what rounding adds to that
   */
  void put(int token, double[] miss, double[] moved, double rounding) {
    int dim = miss.length;
    signs[token] = signs(miss);
    doubt[token] = new double[dim];
    double sum = 0;
    double largest = 0;
    for (int j = 0; j < dim; j++) {
      double off = moved[j] + rounding;
      doubt[token][j] = Math.abs(miss[j]) < off ? 2 : 0;
      sum += Math.abs(miss[j]);
      largest = Math.max(largest, Math.abs(miss[j]) + off);
    }
    double squares = Definition.dot(miss, miss);
    double movedNorm = Definition.norm(moved);
    double sumMoved = Arrays.stream(moved).sum() + Math.sqrt(dim) * rounding;
    double squaresMoved =
        2 * Definition.magnitude(miss, moved)
            + movedNorm * movedNorm
            + (2 * Definition.norm(miss) + 2 * movedNorm + rounding) * rounding;
    double low =
        Math.max((sum - sumMoved) / dim, (squares - squaresMoved) / (sum + sumMoved + 1e-300));
    double high =
        sum > sumMoved ? Math.min(largest, (squares + squaresMoved) / (sum - sumMoved)) : largest;
    scale[token] = sum == 0 ? 0 : Half.nearest(squares / sum);
    scaleSlack[token] =
        Math.max(
            Half.nearest(high * (1 + 1e-6)) - scale[token],
            scale[token] - Half.nearest(Math.max(0, low * (1 - 1e-6))));
  }

  /**
   * Scores by codes and misses together.
   *
   * @param query what misses are multiplied with
   * @param factor what a unit of the product is worth in {@code scores}
   */
  Scores refined(Scores scores, double[] query, double factor) {
    Scores refined = new Scores(scores.count());
    for (int i = 0; i < scale.length; i++) {
      double product = Definition.dot(query, signs[i]);
      double moved = Definition.magnitude(query, doubt[i]);
      double score = -product * scale[i] * factor;
      refined.value()[i] = scores.value()[i] + score;
      refined.slack()[i] =
          scores.slack()[i]
              + factor * (moved * scale[i] + (Math.abs(product) + moved) * scaleSlack[i])
              + 4e-7 * (Math.abs(scores.value()[i]) + Math.abs(score));
    }
    return refined;
  }
}
