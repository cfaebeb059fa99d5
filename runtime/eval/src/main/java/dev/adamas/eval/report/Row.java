package dev.adamas.eval.report;

import java.util.Collections;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One policy at one budget on one task and context, over its samples.
 *
 * @param task name of the task
 * @param policy as it was asked for, without its budget
 * @param budget as it was asked for; {@code all} where the policy has none
 * @param context tokens of the context
 * @param samples number of samples
 * @param score the mean of the samples' scores; the perplexity for {@code perplexity}
 * @param fullScore the score of full attention on the same prompts; empty where it has not answered
 *     all of them
 * @param difference to full attention on the prompts that both have answered; empty where there is
 *     none, and for full attention itself
 * @param speedUp {@code ln} of full attention's time per token over this policy's, pair by pair;
 *     empty where there is no pair with both times
 * @param visibleTokens tokens attended to in a layer that is not dense, mean over the samples
 * @param kvBytesReadPerToken bytes of keys, values and index read per decoded token, mean
 * @param decodeMsPerToken wall time of a decode step, median over the samples; 0 where none was
 *     timed
 * @param details the means of further figures by name, such as a selection's recall
 */
public record Row(
    String task,
    String policy,
    String budget,
    int context,
    int samples,
    double score,
    OptionalDouble fullScore,
    Optional<Difference> difference,
    Optional<Difference> speedUp,
    double visibleTokens,
    double kvBytesReadPerToken,
    double decodeMsPerToken,
    SortedMap<String, Double> details) {

  /** Copies {@code details}. */
  public Row {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
  }

  /** Whether the score is a perplexity: smaller is better. */
  public boolean isPerplexity() {
    return Scoring.isPerplexity(task);
  }

  /** Whether this is full attention, which the others are compared with. */
  public boolean isFull() {
    return Pairs.isFull(policy);
  }
}
