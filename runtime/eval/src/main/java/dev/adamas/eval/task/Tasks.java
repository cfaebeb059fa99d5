package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tasks of a run.
 *
 * @param tasks in the order in which they were named
 * @param notices what is left out or not used and why, one sentence each
 */
public record Tasks(List<Task> tasks, List<String> notices) {

  /** Copies the lists. */
  public Tasks {
    tasks = List.copyOf(tasks);
    notices = List.copyOf(notices);
  }

  /** Tokens at the end of a window at which selection is looked at. */
  private static final int SELECTION_STEPS = 16;

  /** Tasks that look at windows of texts, or of the haystack where there are none. */
  private static final List<String> WINDOWS = List.of("perplexity", "selection");

  /** Tasks that hide things in the haystack. */
  private static final List<String> HIDDEN =
      List.of("passkey", "multikey", "niah-multivalue", "niah-multiquery", "variable-tracking");

  private static final String JSONL = ".jsonl";

  /** The names of all tasks. */
  public static List<String> names() {
    return List.of(
        "passkey",
        "multikey",
        "niah-multivalue",
        "niah-multiquery",
        "variable-tracking",
        "common-words",
        "frequent-words",
        "perplexity",
        "selection",
        "longbench");
  }

  /**
   * Makes tasks.
   *
   * @param names of tasks; {@code longbench} stands for every dataset in the folder
   * @param samples how many there will be of each
   * @param seed of the run
   * @throws IllegalArgumentException where a name does not exist or an option does not fit
   */
  public static Tasks of(
      List<String> names, TaskOptions options, Tokenizer tokenizer, int samples, long seed) {
    Haystack.Source haystack =
        options.haystack().map(text -> Haystack.of(text.text())).orElseGet(Haystack::generated);
    var needles = new Needles(tokenizer, haystack, options.depths());
    var windows = new TextWindows(tokenizer, options.texts(), haystack, samples, seed);
    List<Task> tasks = new ArrayList<>();
    List<String> notices = new ArrayList<>();
    for (String name : names.stream().distinct().toList()) {
      switch (name) {
        case "passkey" -> tasks.add(new PassKeyTask(needles));
        case "multikey" -> tasks.add(new MultiKeyTask(needles));
        case "niah-multivalue" -> tasks.add(new MultiValueTask(needles));
        case "niah-multiquery" -> tasks.add(new MultiQueryTask(needles));
        case "variable-tracking" -> tasks.add(new VariableTrackingTask(needles));
        case "common-words" -> tasks.add(new CommonWordsTask(needles));
        case "frequent-words" -> tasks.add(new FrequentWordsTask(needles));
        case "perplexity" -> tasks.add(new PerplexityTask(windows, options.scoredTokens()));
        case "selection" -> tasks.add(new SelectionTask(windows, SELECTION_STEPS));
        case "longbench" ->
            addLongBench(
                options
                    .longbench()
                    .orElseThrow(
                        () ->
                            new IllegalArgumentException(
                                "The task longbench needs the folder with its JSONL files; add --longbench DIR.")),
                tokenizer,
                tasks,
                notices);
        default ->
            throw new IllegalArgumentException(
                "There is no task '%s'; there are %s.".formatted(name, String.join(", ", names())));
      }
    }
    addUnused(names, options, notices);
    return new Tasks(tasks, notices);
  }

  private static void addUnused(List<String> names, TaskOptions options, List<String> notices) {
    boolean windows = names.stream().anyMatch(WINDOWS::contains);
    boolean hidden = names.stream().anyMatch(HIDDEN::contains);
    if (!options.texts().isEmpty() && !windows) {
      notices.add(
          "--text is not used: only the tasks %s read it.".formatted(String.join(", ", WINDOWS)));
    }
    if (options.haystack().isPresent() && !hidden && !(windows && options.texts().isEmpty())) {
      notices.add(
          "--haystack is not used: only the tasks %s hide things in it, and %s read it where there is no --text."
              .formatted(String.join(", ", HIDDEN), String.join(", ", WINDOWS)));
    }
    if (options.longbench().isPresent() && !names.contains("longbench")) {
      notices.add("--longbench is not used: only the task longbench reads it.");
    }
  }

  private static void addLongBench(
      Path folder, Tokenizer tokenizer, List<Task> tasks, List<String> notices) {
    int before = tasks.size();
    for (Path file : files(folder)) {
      String id = file.toFile().getName().replaceFirst("\\.jsonl$", "");
      LongBenchDataset.named(id)
          .ifPresentOrElse(
              dataset -> tasks.add(new LongBenchTask(tokenizer, file, id, dataset)),
              () ->
                  notices.add(
                      "%s is left out: it is none of LongBench's English and code datasets (%s)."
                          .formatted(file, String.join(", ", LongBenchDataset.ids()))));
    }
    if (tasks.size() == before) {
      throw new IllegalArgumentException(
          "%s has no LongBench file such as qasper.jsonl; name the folder that has them."
              .formatted(folder));
    }
  }

  /** The JSONL files of a LongBench folder, by name. */
  static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "%s is no folder; name the one with LongBench's JSONL files.".formatted(folder));
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(JSONL)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
