package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Samples by task, context, policy and budget. The order of rows depends on their names only, and
 * sums do not depend on the order of samples, so that a resumed or sharded run gives the same
 * summary.
 */
final class Rows {

  private record Key(String task, int context, String policy, String budget) {}

  private static final Comparator<Key> ORDER =
      Comparator.comparing((Key key) -> Scoring.isPerplexity(key.task()))
          .thenComparing(Key::task)
          .thenComparingInt(Key::context)
          .thenComparing(key -> !Pairs.isFull(key.policy()))
          .thenComparing(Key::policy)
          .thenComparing(Key::budget, Budget.ORDER);

  private Rows() {}

  static List<Row> of(List<SampleResult> samples) {
    var groups = new TreeMap<Key, List<SampleResult>>(ORDER);
    for (SampleResult s : inOrder(samples)) {
      groups
          .computeIfAbsent(
              new Key(s.task(), s.context(), s.policy(), s.budget()), _ -> new ArrayList<>())
          .add(s);
    }
    var pairs = new Pairs(samples);
    return groups.entrySet().stream().map(e -> row(e.getKey(), e.getValue(), pairs)).toList();
  }

  /** The policies beside full attention, in the order of their styles. */
  static List<String> policies(List<Row> rows) {
    return rows.stream().filter(row -> !row.isFull()).map(Row::policy).distinct().sorted().toList();
  }

  /** Sums depend on their order, and shards come in any. */
  static List<SampleResult> inOrder(List<SampleResult> samples) {
    return samples.stream()
        .sorted(
            Comparator.comparing(SampleResult::task)
                .thenComparingLong(SampleResult::seed)
                .thenComparingInt(SampleResult::sample))
        .toList();
  }

  private static Row row(Key key, List<SampleResult> samples, Pairs pairs) {
    List<SampleResult> full = pairs.full(samples);
    boolean compared = !Pairs.isFull(key.policy());
    return new Row(
        key.task(),
        key.policy(),
        key.budget(),
        key.context(),
        samples.size(),
        Scoring.score(key.task(), samples),
        full.size() == samples.size()
            ? OptionalDouble.of(Scoring.score(key.task(), full))
            : OptionalDouble.empty(),
        compared ? pairs.scores(samples) : Optional.empty(),
        compared ? pairs.speedUp(samples) : Optional.empty(),
        samples.stream().mapToDouble(SampleResult::visibleTokens).average().orElseThrow(),
        samples.stream().mapToDouble(SampleResult::kvBytesReadPerToken).average().orElseThrow(),
        median(
            samples.stream()
                .mapToDouble(SampleResult::decodeMsPerToken)
                .filter(milliseconds -> milliseconds > 0)
                .toArray()),
        details(samples));
  }

  /** The means of what all samples have. */
  private static SortedMap<String, Double> details(List<SampleResult> samples) {
    var means = new TreeMap<String, Double>();
    for (String name : samples.getFirst().details().keySet()) {
      if (samples.stream().allMatch(s -> s.details().containsKey(name))) {
        means.put(
            name,
            samples.stream()
                .mapToDouble(s -> s.details().getOrDefault(name, 0.0))
                .average()
                .orElseThrow());
      }
    }
    return means;
  }

  static double median(double[] values) {
    if (values.length == 0) {
      return 0;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
