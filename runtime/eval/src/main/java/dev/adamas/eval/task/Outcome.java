package dev.adamas.eval.task;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How well a policy did on a sample.
 *
 * @param score 0 to 1, larger is better; for perplexity the mean negative log-likelihood in nats
 * @param details further figures by name
 */
public record Outcome(double score, SortedMap<String, Double> details) {

  /** Copies {@code details}. */
  public Outcome {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  /** A score and nothing else. */
  static Outcome of(double score) {
    return new Outcome(score, Collections.emptySortedMap());
  }
}
