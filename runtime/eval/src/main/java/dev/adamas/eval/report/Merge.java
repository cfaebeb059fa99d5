package dev.adamas.eval.report;

import dev.adamas.eval.SampleResult;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Several folders as one set of samples. */
final class Merge {

  private record Table(String task, int context) {}

  private record Prompt(Table table, int sample, long seed) {}

  private record Key(Prompt prompt, String policy, String budget) {}

  private record Group(Table table, String policy, String budget) {}

  private record Found(SampleResult result, ResultsFolder folder, int line) {}

  private final Map<Key, Found> samples = new LinkedHashMap<>();
  private final Map<Table, ResultsFolder> tables = new HashMap<>();
  private final Map<Prompt, Found> prompts = new HashMap<>();
  private final Map<Group, Found> groups = new HashMap<>();

  private Merge() {}

  /**
   * All samples, each once. One that was computed twice keeps the timings of the folder that comes
   * first.
   *
   * @throws ReportException where models or arguments differ that may not, or a sample has two
   *     outcomes
   */
  static List<SampleResult> of(List<ResultsFolder> folders) throws ReportException {
    ResultsFolder first = folders.getFirst();
    var merge = new Merge();
    for (ResultsFolder folder : folders) {
      sameModel(first, folder);
      RunArguments.requireComparable(first, folder);
      for (int i = 0; i < folder.results().size(); i++) {
        var found = new Found(folder.results().get(i), folder, i + 1);
        sameModel(found);
        merge.add(found);
      }
    }
    return merge.samples.values().stream().map(Found::result).toList();
  }

  private static void sameModel(ResultsFolder first, ResultsFolder folder) throws ReportException {
    if (!folder.run().modelFingerprint().equals(first.run().modelFingerprint())) {
      throw new ReportException(
          "'%s' has results of model %s (fingerprint %s), '%s' of %s (%s); report them separately."
              .formatted(
                  first.path(),
                  first.run().model(),
                  first.run().modelFingerprint(),
                  folder.path(),
                  folder.run().model(),
                  folder.run().modelFingerprint()));
    }
  }

  private static void sameModel(Found found) throws ReportException {
    String of = found.result().modelFingerprint();
    if (!of.equals(found.folder().run().modelFingerprint())) {
      throw new ReportException(
          ("Line %d of '%s' is of a model with fingerprint %s, the run is of %s (%s); remove the"
                  + " line, or run again in another folder.")
              .formatted(
                  found.line(),
                  found.folder().path().resolve(ResultsFolder.RESULTS),
                  of,
                  found.folder().run().model(),
                  found.folder().run().modelFingerprint()));
    }
  }

  private void add(Found found) throws ReportException {
    SampleResult result = found.result();
    var table = new Table(result.task(), result.context());
    ResultsFolder sameTable = tables.putIfAbsent(table, found.folder());
    if (sameTable != null && !sameTable.path().equals(found.folder().path())) {
      RunArguments.requireSameSamples(sameTable, found.folder(), result.task(), result.context());
    }
    var prompt = new Prompt(table, result.sample(), result.seed());
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
    var group = new Group(table, result.policy(), result.budget());
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
    if (one.folder().path().equals(other.folder().path())) {
      return new ReportException(
          ("The results in '%s' contradict each other: %s two %ss, %s in line %d and %s in line %d"
                  + " of %s; remove the wrong one, or run again in another folder.")
              .formatted(
                  one.folder().path(),
                  subject.substring(0, 1).toLowerCase(Locale.ROOT) + subject.substring(1),
                  what,
                  first,
                  one.line(),
                  second,
                  other.line(),
                  ResultsFolder.RESULTS));
    }
    return new ReportException(
        "%s two %ss: %s in '%s' and %s in '%s'; report them separately."
            .formatted(subject, what, first, one.folder().path(), second, other.folder().path()));
  }
}
