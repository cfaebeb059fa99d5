package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Several folders as one set of samples. */
final class Merge {

  private record Prompt(String task, int context, int sample, long seed) {}

  private record Key(Prompt prompt, String policy, String budget) {}

  private record Group(String task, int context, String policy, String budget) {}

  private record Found(SampleResult result, Path folder) {}

  private final Map<Key, Found> samples = new LinkedHashMap<>();
  private final Map<Prompt, Found> prompts = new HashMap<>();
  private final Map<Group, Found> groups = new HashMap<>();

  private Merge() {}

  /**
   * All samples, each once. One that was computed twice keeps the timings of the folder that comes
   * first.
   *
   * @throws ReportException where models differ, or a sample has two outcomes
   */
  static List<SampleResult> of(List<ResultsFolder> folders) throws ReportException {
    ResultsFolder first = folders.getFirst();
    var merge = new Merge();
    for (ResultsFolder folder : folders) {
      sameModel(first, folder, folder.run().modelFingerprint());
      for (SampleResult result : folder.results()) {
        sameModel(first, folder, result.modelFingerprint());
        merge.add(new Found(result, folder.path()));
      }
    }
    return merge.samples.values().stream().map(Found::result).toList();
  }

  private static void sameModel(ResultsFolder first, ResultsFolder folder, String fingerprint)
      throws ReportException {
    if (!fingerprint.equals(first.run().modelFingerprint())) {
      throw new ReportException(
          "'%s' has results of model %s (fingerprint %s), '%s' of %s (%s); report them separately."
              .formatted(
                  first.path(),
                  first.run().model(),
                  first.run().modelFingerprint(),
                  folder.path(),
                  folder.run().model(),
                  fingerprint));
    }
  }

  private void add(Found found) throws ReportException {
    SampleResult result = found.result();
    var prompt = new Prompt(result.task(), result.context(), result.sample(), result.seed());
    Found samePrompt = prompts.putIfAbsent(prompt, found);
    if (samePrompt != null && !samePrompt.result().promptId().equals(result.promptId())) {
      throw contradiction(
          "Sample %d of %s at context %d, seed %d, has"
              .formatted(result.sample(), result.task(), result.context(), result.seed()),
          "prompt",
          samePrompt,
          samePrompt.result().promptId(),
          found,
          result.promptId());
    }
    var group = new Group(result.task(), result.context(), result.policy(), result.budget());
    Found sameGroup = groups.putIfAbsent(group, found);
    if (sameGroup != null
        && !sameGroup.result().policyFingerprint().equals(result.policyFingerprint())) {
      throw contradiction(
          "Policy %s at budget %s, %s, context %d, has"
              .formatted(result.policy(), result.budget(), result.task(), result.context()),
          "fingerprint",
          sameGroup,
          sameGroup.result().policyFingerprint(),
          found,
          result.policyFingerprint());
    }
    Found same = samples.putIfAbsent(new Key(prompt, result.policy(), result.budget()), found);
    if (same != null && !outcome(same.result()).equals(outcome(result))) {
      throw contradiction(
          "Sample %d of %s at context %d, seed %d, policy %s, budget %s, has"
              .formatted(
                  result.sample(),
                  result.task(),
                  result.context(),
                  result.seed(),
                  result.policy(),
                  result.budget()),
          "outcome",
          same,
          outcome(same.result()),
          found,
          outcome(result));
    }
  }

  private static String outcome(SampleResult result) {
    return "score %s over %d tokens".formatted(result.score(), result.tokens());
  }

  private static ReportException contradiction(
      String subject, String what, Found one, String first, Found other, String second) {
    return new ReportException(
        "%s two %ss: %s in '%s' and %s in '%s'; report them separately."
            .formatted(subject, what, first, one.folder(), second, other.folder()));
  }
}
