/**
 * Evaluation of policies on a model.
 *
 * <p>A run gives one {@link dev.adamas.eval.SampleResult} per task, context, sample, policy and
 * budget, all of them on the same prompts, so that policies are compared pair by pair with full
 * attention.
 */
package dev.adamas.eval;
