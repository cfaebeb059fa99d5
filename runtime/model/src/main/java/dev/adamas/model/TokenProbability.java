package dev.adamas.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A token and how likely the model finds it.
 *
 * @param token its number
 * @param probability from 0 to 1
 */
public record TokenProbability(int token, double probability) {
  /** Less likely first; of equals, the higher token first. */
  private static final Comparator<TokenProbability> ASCENDING =
      Comparator.comparingDouble(TokenProbability::probability)
          .thenComparing(TokenProbability::token, Comparator.reverseOrder());

  /**
   * The most likely tokens, the likeliest first; equals by token. The softmax is over all logits,
   * in double precision; logits that are not numbers count as impossible.
   *
   * @param logits one per token
   * @param most how many are wanted
   */
  public static List<TokenProbability> top(float[] logits, int most) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      if (logit > max) {
        max = logit;
      }
    }
    double sum = 0;
    for (float logit : logits) {
      sum += weight(logit, max);
    }
    PriorityQueue<TokenProbability> top = new PriorityQueue<>(ASCENDING);
    for (int i = 0; i < logits.length && most > 0; i++) {
      TokenProbability candidate = new TokenProbability(i, weight(logits[i], max) / sum);
      if (top.size() < most) {
        top.add(candidate);
      } else if (ASCENDING.compare(candidate, top.element()) > 0) {
        top.remove();
        top.add(candidate);
      }
    }
    List<TokenProbability> result = new ArrayList<>(top);
    result.sort(ASCENDING.reversed());
    return List.copyOf(result);
  }

  private static double weight(float logit, float max) {
    return Float.isNaN(logit) ? 0 : Math.exp(logit - max);
  }
}
