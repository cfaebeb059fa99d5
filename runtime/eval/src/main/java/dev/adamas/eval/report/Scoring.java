package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.util.List;

/** How samples become the score of a row. */
final class Scoring {

  private static final String PERPLEXITY = "perplexity";
  private static final String SELECTION = "selection";

  private Scoring() {}

  /** Whether a task's samples are mean negative log-likelihoods, and smaller is better. */
  static boolean isPerplexity(String task) {
    return task.equals(PERPLEXITY);
  }

  /**
   * Whether a task's scores are the recall of selections: no measure of a result, and with the time
   * of watching in that of a decode step.
   */
  static boolean isSelection(String task) {
    return task.equals(SELECTION);
  }

  /**
   * The score of a row: the mean over samples; for perplexity the exponential of the mean over
   * tokens.
   */
  static double score(String task, List<SampleResult> samples) {
    double sum = 0;
    double weights = 0;
    for (SampleResult sample : samples) {
      sum += weight(sample) * sample.score();
      weights += weight(sample);
    }
    return isPerplexity(task) ? Math.exp(sum / weights) : sum / weights;
  }

  /** How much a sample counts in its row. */
  static double weight(SampleResult sample) {
    return isPerplexity(sample.task()) ? sample.tokens() : 1;
  }
}
