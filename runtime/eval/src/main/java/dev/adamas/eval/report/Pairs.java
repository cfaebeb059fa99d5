package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Full attention's results by prompt, and what others differ from them. */
final class Pairs {

  private static final String FULL = "full";

  private record Prompt(String task, int context, String promptId) {}

  private final Map<Prompt, SampleResult> full = new HashMap<>();

  Pairs(List<SampleResult> samples) {
    samples.stream().filter(s -> isFull(s.policy())).forEach(s -> full.putIfAbsent(prompt(s), s));
  }

  private static Prompt prompt(SampleResult sample) {
    return new Prompt(sample.task(), sample.context(), sample.promptId());
  }

  /** Whether a policy is the one that others are compared with. */
  static boolean isFull(String policy) {
    return policy.equals(FULL);
  }

  /** Full attention's results on those of the samples' prompts that it has answered. */
  List<SampleResult> full(List<SampleResult> samples) {
    return samples.stream()
        .flatMap(s -> Optional.ofNullable(full.get(prompt(s))).stream())
        .toList();
  }

  /** The samples' scores minus full attention's, weighted as in their row. */
  Optional<Difference> scores(List<SampleResult> samples) {
    List<SampleResult> paired = paired(samples);
    if (paired.isEmpty()) {
      return Optional.empty();
    }
    List<SampleResult> others = full(paired);
    double[] differences = new double[paired.size()];
    double[] weights = new double[paired.size()];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = paired.get(i).score() - others.get(i).score();
      weights[i] = Scoring.weight(paired.get(i));
    }
    return Optional.of(Difference.of(differences, weights));
  }

  /** {@code ln} of full attention's time per token over the samples'; untimed ones left out. */
  Optional<Difference> speedUp(List<SampleResult> samples) {
    List<SampleResult> paired = paired(samples);
    List<SampleResult> others = full(paired);
    List<Double> logarithms = new ArrayList<>();
    for (int i = 0; i < paired.size(); i++) {
      double ratio = others.get(i).decodeMsPerToken() / paired.get(i).decodeMsPerToken();
      if (!Scoring.isSelection(paired.get(i).task()) && ratio > 0 && Double.isFinite(ratio)) {
        logarithms.add(Math.log(ratio));
      }
    }
    if (logarithms.isEmpty()) {
      return Optional.empty();
    }
    double[] weights = new double[logarithms.size()];
    Arrays.fill(weights, 1);
    return Optional.of(
        Difference.of(logarithms.stream().mapToDouble(Double::doubleValue).toArray(), weights));
  }

  private List<SampleResult> paired(List<SampleResult> samples) {
    return samples.stream().filter(s -> full.containsKey(prompt(s))).toList();
  }
}
