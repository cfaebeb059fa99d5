package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergeTest {

  private static final String EMMA = "emma.txt:9251cb0876f138b6";

  @TempDir private Path folder;

  /** A run with full attention and one policy; as evaluations write it. */
  private Folder run(String name, String task, String policy) {
    return new Folder(folder.resolve(name))
        .with("kv-type", "f16")
        .with("samples", "2")
        .with("scored", "128")
        .with("texts", "haystack")
        .with("haystack", "generated")
        .with("depths", "spread")
        .add(task, "full", "all", 0, 1)
        .add(task, policy, "64", 0, 1);
  }

  @Test
  void refusesAnotherNumberFormatWhateverTheTask() throws IOException {
    Path a = run("a", "passkey", "quest").write();
    Path b = run("b", "perplexity", "quest").with("kv-type", "f32").write();
    assertThatThrownBy(() -> Report.read(List.of(a, b)))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "'%s' was run with --kv-type f16, '%s' with --kv-type f32; report them separately.",
            a, b);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "perplexity | seed | 2 | with --seed 1 | with --seed 2",
        "perplexity | scored | 64 | with --scored 128 | with --scored 64",
        "perplexity | texts | persuasion.txt:3f97c4020e9756f5 | with --text emma.txt | with --text persuasion.txt",
        "perplexity | texts | haystack | with --text emma.txt | without --text",
        "perplexity | texts | emma.txt:3f97c4020e9756f5 | with --text emma.txt:9251cb0876f138b6 | with --text emma.txt:3f97c4020e9756f5",
        "perplexity | samples | 4 | with --samples 2 | with --samples 4",
        "selection | samples | 4 | with --samples 2 | with --samples 4",
        "passkey | seed | 2 | with --seed 1 | with --seed 2",
        "passkey | depths | 0.5 | without --depths | with --depths 0.5",
        "variable-tracking | haystack | a.txt:9251cb0876f138b6 | without --haystack | with --haystack a.txt",
        "longbench-qasper | longbench | 9251cb0876f138b6 | without --longbench | with --longbench 9251cb0876f138b6"
      })
  void refusesOtherSamplesOfOneTask(
      String task, String argument, String value, String first, String second) throws IOException {
    Path a = run("a", task, "quest").with("texts", EMMA).write();
    Path b = run("b", task, "adamas").with("texts", EMMA).with(argument, value).write();
    assertThatThrownBy(() -> Report.read(List.of(a, b)))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "'%s' was run %s, '%s' %s, which gives other samples of %s at context 1024; report them"
                + " separately.",
            a, first, b, second, task);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "passkey | samples | 4",
        "passkey | scored | 64",
        "passkey | texts | a.txt:9251cb0876f138b6",
        "perplexity | samples | 4",
        "perplexity | depths | 0.5",
        "perplexity | policies | adamas",
        "perplexity | budgets | 64",
        "frequent-words | haystack | a.txt:9251cb0876f138b6"
      })
  void mergesWhatHasTheSameSamples(String task, String argument, String value) throws IOException {
    Path a = run("a", task, "quest").write();
    Path b = run("b", task, "adamas").with(argument, value).write();
    assertThat(Report.read(List.of(a, b)).rows()).hasSize(3);
  }

  @Test
  void mergesTasksWithSamplesOfTheirOwn() throws IOException {
    Path a = run("a", "passkey", "quest").write();
    Path b = run("b", "perplexity", "quest").with("seed", "2").with("texts", EMMA).write();
    assertThat(Report.read(List.of(a, b)).rows()).hasSize(4);
  }

  @Test
  void namesTheLinesOfAFolderThatContradictsItself() throws IOException {
    Folder outcome = run("a", "passkey", "quest").add("passkey", "quest", "64", 0, 0.5);
    Path a = outcome.write();
    assertThatThrownBy(() -> Report.read(List.of(a)))
        .hasMessage(
            "The results in '%s' contradict each other: sample 0 of passkey at context 1024, seed"
                + " 100, policy quest, budget 64, has two outcomes, score 1.0 over 10 tokens in"
                + " line 2 and score 0.5 over 10 tokens in line 3 of results.jsonl; remove the"
                + " wrong one, or run again in another folder.",
            a);
    Path b =
        run("b", "passkey", "quest")
            .add("passkey", "quest", "64", 1024, 1, 1, 10, 2, "prompt-1", "changed")
            .write();
    assertThatThrownBy(() -> Report.read(List.of(b)))
        .hasMessage(
            "The results in '%s' contradict each other: policy quest at budget 64, passkey, context"
                + " 1024, has two fingerprints, plan in line 2 and changed in line 3 of"
                + " results.jsonl; remove the wrong one, or run again in another folder.",
            b);
  }

  @Test
  void namesTheLineOfAnotherModel() throws IOException {
    Folder run = run("a", "passkey", "quest");
    Path a =
        run.model("big", "model-2")
            .add("passkey", "quest", "64", 1, 1)
            .model("tiny", "model-1")
            .write();
    assertThatThrownBy(() -> Report.read(List.of(a)))
        .hasMessage(
            "Line 3 of '%s' is of a model with fingerprint model-2, the run is of tiny (model-1);"
                + " remove the line, or run again in another folder.",
            a.resolve("results.jsonl"));
  }
}
