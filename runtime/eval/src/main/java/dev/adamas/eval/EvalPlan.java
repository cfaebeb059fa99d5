package dev.adamas.eval;

import dev.adamas.engine.Reference;
import dev.adamas.eval.task.TaskOptions;
import java.util.List;

/**
 * What a run evaluates: every task at every context, so many samples of each, and on each of these
 * prompts every policy at every budget. Full attention is always evaluated.
 *
 * @param tasks names, see {@link dev.adamas.eval.task.Tasks#names}
 * @param policies references; one that sets its budget keeps it, the others get {@code budgets}
 * @param budgets such as {@code 64} or {@code 5%}, see {@link dev.adamas.api.Budget#parse}
 * @param contexts tokens of prompt and decoding together
 * @param samples of every task and context, at least 1; fewer where a task has fewer
 * @param seed another seed gives other samples
 * @param options what the tasks work with
 */
public record EvalPlan(
    List<String> tasks,
    List<Reference> policies,
    List<String> budgets,
    List<Integer> contexts,
    int samples,
    long seed,
    TaskOptions options) {

  /** Copies the lists, without repetitions; refuses empty ones and fewer than one sample. */
  public EvalPlan {
    tasks = tasks.stream().distinct().toList();
    policies = policies.stream().distinct().toList();
    budgets = budgets.stream().distinct().toList();
    contexts = contexts.stream().distinct().toList();
    require(!tasks.isEmpty(), "task");
    require(!policies.isEmpty(), "policy");
    require(!budgets.isEmpty(), "budget");
    require(!contexts.isEmpty(), "context");
    if (samples < 1) {
      throw new IllegalArgumentException(
          "%d samples are too few; at least 1 is needed.".formatted(samples));
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("No " + what + " is named; name at least one.");
    }
  }
}
