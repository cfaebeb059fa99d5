package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * How much faster than full attention a policy decodes at a context. The time of a token depends on
 * the context and hardly on the task, so the pairs of all tasks count together.
 *
 * @param logarithm {@code ln} of full attention's time per token over the policy's
 */
record SpeedUp(String policy, String budget, int context, Difference logarithm) {

  private record Key(String policy, String budget, int context) {}

  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::policy)
          .thenComparing(Key::budget, Budget.ORDER)
          .thenComparingInt(Key::context);

  /** All of them, by policy, budget and context; those without a timed pair are left out. */
  static List<SpeedUp> of(List<SampleResult> samples) {
    var groups = new TreeMap<Key, List<SampleResult>>(ORDER);
    for (SampleResult s : Rows.inOrder(samples)) {
      if (!Pairs.isFull(s.policy())) {
        groups
            .computeIfAbsent(new Key(s.policy(), s.budget(), s.context()), _ -> new ArrayList<>())
            .add(s);
      }
    }
    var pairs = new Pairs(samples);
    return groups.entrySet().stream()
        .flatMap(
            e ->
                pairs.speedUp(e.getValue()).stream()
                    .map(
                        d ->
                            new SpeedUp(
                                e.getKey().policy(), e.getKey().budget(), e.getKey().context(), d)))
        .toList();
  }
}
