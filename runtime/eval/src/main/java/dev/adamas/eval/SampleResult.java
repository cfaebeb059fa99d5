package dev.adamas.eval;

import java.util.SortedMap;

/**
 * What one policy did on one prompt: a line of {@code results.jsonl}.
 *
 * @param task name of the task, such as {@code passkey}
 * @param policy the policy as it was asked for, without its budget, such as {@code adamas-dot}
 * @param budget the budget as it was asked for, such as {@code 64}; {@code all} where the policy
 *     has none
 * @param context tokens asked for; the prompt may be a few shorter
 * @param sample number of the sample, from 0
 * @param seed seed of the sample
 * @param promptId fingerprint of the prompt's tokens; equal ones are comparable pair by pair
 * @param score 0 to 1, larger is better; for {@code perplexity} the mean negative log-likelihood
 *     per scored token, in nats, smaller is better
 * @param tokens tokens that were decoded or scored
 * @param visibleTokens tokens attended to, the mean over rows, heads and the layers that are not
 *     dense
 * @param kvBytesReadPerToken bytes of keys, values and index that had to be read per decoded token
 * @param decodeMsPerToken median wall time of the decode steps after the first, which also builds
 *     the policy's index; 0 where there is none
 * @param attentionMsPerToken mean attention time of a decode step
 * @param modelFingerprint of the model's file
 * @param policyFingerprint of the policy's plans on the model
 * @param details further figures by name, such as a selection's recall of a layer and head
 */
public record SampleResult(
    String task,
    String policy,
    String budget,
    int context,
    int sample,
    long seed,
    String promptId,
    double score,
    int tokens,
    double visibleTokens,
    double kvBytesReadPerToken,
    double decodeMsPerToken,
    double attentionMsPerToken,
    String modelFingerprint,
    String policyFingerprint,
    SortedMap<String, Double> details) {}
