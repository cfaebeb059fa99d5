package dev.adamas.eval.report;

import dev.adamas.eval.RunInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which arguments may differ between runs that are reported together. Shards differ in none of
 * them.
 */
final class RunArguments {

  /** They say which rows there are. */
  private static final Set<String> ROWS = Set.of("tasks", "policies", "budgets", "contexts");

  /**
   * They say which samples some tasks have: they may differ unless the runs share a task and
   * context for which they matter.
   */
  private static final Set<String> SAMPLES =
      Set.of("seed", "samples", "scored", "texts", "haystack", "depths", "longbench");

  private static final String OWN_TEXTS = "haystack";

  private RunArguments() {}

  /**
   * Those that decide about a task's samples. How many samples were asked for moves the windows in
   * texts; elsewhere more samples are the same ones and further ones.
   */
  private static Set<String> deciding(String task, RunInfo run) {
    boolean texts = !run.arguments().getOrDefault("texts", OWN_TEXTS).equals(OWN_TEXTS);
    return switch (task) {
      case "passkey", "multikey", "niah-multivalue", "niah-multiquery" ->
          Set.of("seed", "haystack", "depths");
      case "variable-tracking" -> Set.of("seed", "haystack");
      case "common-words", "frequent-words" -> Set.of("seed");
      case "perplexity" ->
          texts
              ? Set.of("seed", "texts", "samples", "scored")
              : Set.of("seed", "texts", "haystack", "scored");
      case "selection" ->
          texts ? Set.of("seed", "texts", "samples") : Set.of("seed", "texts", "haystack");
      default -> task.startsWith("longbench-") ? Set.of("seed", "longbench") : SAMPLES;
    };
  }

  /** Refuses runs that differ in what every row depends on, such as the cache's number format. */
  static void requireComparable(ResultsFolder one, ResultsFolder other) throws ReportException {
    var names = new TreeSet<>(one.run().arguments().keySet());
    names.addAll(other.run().arguments().keySet());
    names.removeAll(ROWS);
    names.removeAll(SAMPLES);
    requireSame(names, one, other, "");
  }

  /** Refuses runs that share a task and context and have other samples there. */
  static void requireSameSamples(ResultsFolder one, ResultsFolder other, String task, int context)
      throws ReportException {
    var names = new TreeSet<>(deciding(task, one.run()));
    names.addAll(deciding(task, other.run()));
    requireSame(
        names,
        one,
        other,
        ", which gives other samples of %s at context %d".formatted(task, context));
  }

  private static void requireSame(
      Set<String> names, ResultsFolder one, ResultsFolder other, String effect)
      throws ReportException {
    List<String> first = new ArrayList<>();
    List<String> second = new ArrayList<>();
    for (String name : names) {
      String a = one.run().arguments().getOrDefault(name, "");
      String b = other.run().arguments().getOrDefault(name, "");
      if (!a.equals(b)) {
        boolean named = !withoutContent(a).equals(withoutContent(b));
        first.add(words(name, named ? withoutContent(a) : a));
        second.add(words(name, named ? withoutContent(b) : b));
      }
    }
    if (!first.isEmpty()) {
      throw new ReportException(
          "'%s' was run %s, '%s' %s%s; report them separately."
              .formatted(
                  one.path(),
                  String.join(" and ", first),
                  other.path(),
                  String.join(" and ", second),
                  effect));
    }
  }

  /** Names of files without the fingerprints of their content. */
  private static String withoutContent(String value) {
    return value.replaceAll(":[0-9a-f]{16}(?=,|$)", "");
  }

  private static String words(String name, String value) {
    String option =
        switch (name) {
          case "texts" -> "--text";
          case "backends" -> "--backend";
          default -> "--" + name;
        };
    boolean given =
        switch (name) {
          case "texts" -> !value.equals(OWN_TEXTS);
          case "haystack" -> !value.equals("generated");
          case "depths" -> !value.equals("spread");
          case "backends" -> !value.equals("default");
          default -> true;
        };
    return given && !value.isEmpty() ? "with " + option + " " + value : "without " + option;
  }
}
