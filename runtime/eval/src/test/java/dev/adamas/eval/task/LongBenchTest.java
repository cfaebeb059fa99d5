package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class LongBenchTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder;
  private final Tokenizer tokenizer = EmbeddedTokenizer.load();

  private void write(String file, Map<String, Object> line) throws IOException {
    Files.writeString(folder.resolve(file), JSON.writeValueAsString(line) + "\n");
  }

  private Tasks tasks() {
    var options = new TaskOptions(Optional.empty(), List.of(), Optional.of(folder), 128, List.of());
    return Tasks.of(List.of("longbench"), options, tokenizer, 8, 1);
  }

  private static double score(Sample sample, String answer) {
    return ((AnswerSample) sample).judge().score().applyAsDouble(answer);
  }

  @Test
  void readsDatasetsAndLeavesOutOthers() throws IOException {
    write(
        "qasper.jsonl",
        Map.of(
            "context", "Text with {input}.", "input", "Why?", "answers", List.of("no", "a yes")));
    write("dureader.jsonl", Map.of("context", "c", "input", "i", "answers", List.of("a")));
    Tasks tasks = tasks();
    assertThat(tasks.tasks()).extracting(Task::name).containsExactly("longbench-qasper");
    assertThat(tasks.notices())
        .hasSize(1)
        .first()
        .asString()
        .contains("dureader.jsonl is left out");
    Task task = tasks.tasks().getFirst();
    assertThat(task.samples(8)).isOne();
    Sample sample = task.sample(2048, 0, 1);
    String text = tokenizer.decode(sample.prompt()) + tokenizer.decode(sample.given().getFirst());
    assertThat(text)
        .contains("Article: Text with {input}.\n\n Answer the question")
        .endsWith("Question: Why?\n\nAnswer:");
    // The best of the expected answers counts.
    assertThat(score(sample, "Yes!")).isOne();
    assertThat(score(sample, "yes and no")).isEqualTo(0.5);
  }

  @Test
  void takesOnlyTheFirstLineWhereThePublishersDo() throws IOException {
    write(
        "trec.jsonl",
        Map.of(
            "context",
            "Question: x\nType: City",
            "input",
            "Question: y\nType:",
            "answers",
            List.of("City"),
            "all_classes",
            List.of("City", "Date")));
    Sample sample = tasks().tasks().getFirst().sample(1024, 0, 1);
    assertThat(score(sample, "\nCity\nDate")).isOne();
    assertThat(score(sample, "City Date")).isEqualTo(0.5);
  }

  @Test
  void keepsBothEndsOfWhatIsTooLong() {
    assertThat(LongBenchTask.halves(new int[] {1, 2, 3, 4, 5, 6, 7}, 4))
        .containsExactly(1, 2, 6, 7);
    assertThat(LongBenchTask.halves(new int[] {1, 2, 3, 4, 5, 6, 7}, 5))
        .containsExactly(1, 2, 5, 6, 7);
    assertThat(LongBenchTask.halves(new int[] {1, 2, 3}, 3)).containsExactly(1, 2, 3);
  }

  @Test
  void everyDatasetHasAPromptAndAMetric() {
    assertThat(LongBenchDataset.ids()).hasSize(16).doesNotHaveDuplicates();
    for (String id : LongBenchDataset.ids()) {
      LongBenchDataset dataset = LongBenchDataset.named(id + "_e").orElseThrow();
      assertThat(dataset.prompt("CONTEXT", "INPUT"))
          .contains("CONTEXT")
          .doesNotContain("{context}", "{input}");
      String answer = id.equals("passage_retrieval_en") ? "Paragraph 7" : "12";
      assertThat(dataset.score(answer, List.of("other Paragraph 1", answer), List.of("12", "9")))
          .as(id)
          .isGreaterThan(0.99);
    }
  }

  @Test
  void refusesWhatIsNotLongBench() throws IOException {
    assertThatThrownBy(this::tasks).hasMessageContaining("has no LongBench file such as");
    Files.writeString(folder.resolve("qasper.jsonl"), "\n \n");
    assertThatThrownBy(this::tasks).hasMessageContaining("qasper.jsonl is empty;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "qasper | nonsense | is not JSON",
        "qasper | null | has no list of texts 'answers'",
        "qasper | {\"context\": 3} | has no list of texts 'answers'",
        "qasper | {\"answers\":[\"a\",3]} | has no list of texts 'answers'",
        "qasper | {\"answers\":[\"a\"],\"input\":\"i\"} | has no text 'context'",
        "qasper | {\"answers\":[\"a\"],\"context\":\"c\",\"input\":1} | has no text 'input'",
        "qasper | {\"answers\":[],\"context\":\"c\",\"input\":\"i\"} | expects no answer ('answers' is empty)",
        "trec | {\"answers\":[\"a\"],\"context\":\"c\",\"input\":\"i\"} | has no list of texts 'all_classes'",
        "passage_retrieval_en | {\"answers\":[\"P\"],\"context\":\"c\",\"input\":\"i\"}"
            + " | cannot be scored: The expected answer 'P' names no paragraph such as 'Paragraph 12'",
      })
  void findsALineThatCannotBeUsedAtOnce(String dataset, String line, String fault)
      throws IOException {
    Path file = folder.resolve(dataset + ".jsonl");
    String good =
        JSON.writeValueAsString(
            Map.of(
                "context",
                "c",
                "input",
                "i",
                "answers",
                List.of("Paragraph 3"),
                "all_classes",
                List.of("Paragraph 3")));
    Files.writeString(file, good + "\n\n" + line + "\n");
    Task task = tasks().tasks().getFirst();
    assertThatThrownBy(() -> task.check(1024, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Line 3 of '%s' %s; correct it or download the file again.", file, fault);
    task.check(1024, 1); // does not use the line
  }
}
