package dev.adamas.eval.metric;

/** How likely a model found a token. */
public final class LogLikelihood {

  private LogLikelihood() {}

  /**
   * The negative logarithm of a token's probability, in nats; the softmax is in double precision.
   *
   * @param logits one per token
   */
  public static double negative(float[] logits, int token) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return max + Math.log(sum) - logits[token];
  }
}
