package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code longbench-…}: a dataset of LongBench from its public JSONL file. The samples are the
 * file's first lines. A prompt that is longer than the context keeps its first and its last half,
 * as its publishers do it; no chat template is applied.
 */
final class LongBenchTask implements Task {

  private static final String CLASSES = "all_classes";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Tokenizer tokenizer;
  private final Path file;
  private final String name;
  private final LongBenchDataset dataset;
  private final List<Line> lines;

  /**
   * A line that is not blank.
   *
   * @param number in the file, from 1, blank ones counted
   */
  private record Line(int number, String text) {}

  /** What a line says. */
  private record Entry(String context, String input, List<String> answers, List<String> classes) {}

  /**
   * Reads a file.
   *
   * @param name of the file without its extension
   * @throws UncheckedIOException where it cannot be read
   * @throws IllegalArgumentException where it is empty or no text
   */
  LongBenchTask(Tokenizer tokenizer, Path file, String name, LongBenchDataset dataset) {
    this.tokenizer = tokenizer;
    this.file = file;
    this.name = "longbench-" + name;
    this.dataset = dataset;
    try {
      List<String> all = Files.readAllLines(file);
      lines =
          IntStream.range(0, all.size())
              .mapToObj(i -> new Line(i + 1, all.get(i)))
              .filter(line -> !line.text().isBlank())
              .toList();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + " is not UTF-8 text; download it again.", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (lines.isEmpty()) {
      throw new IllegalArgumentException(file + " is empty; download it again.");
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int fewestTokens() {
    return dataset.tokens() + 257;
  }

  @Override
  public int decodedTokens() {
    return dataset.tokens() + 1;
  }

  @Override
  public int samples(int asked) {
    return Math.min(asked, lines.size());
  }

  @Override
  public void check(int context, int samples) {
    lines.stream().limit(samples).forEach(this::entry);
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    Entry entry = entry(lines.get(sample));
    int[] tokens = tokenizer.encode(dataset.prompt(entry.context(), entry.input()), true, false);
    Predicate<String> complete =
        dataset.firstLine() ? answer -> answer.replaceFirst("^\n+", "").contains("\n") : _ -> false;
    return new AnswerSample(
        tokenizer,
        halves(tokens, context - decodedTokens()),
        new AnswerSample.Judge(
            dataset.tokens(),
            complete,
            answer -> dataset.score(answer, entry.answers(), entry.classes()),
            Collections.emptySortedMap()));
  }

  /** The first and the last half of what is too long. */
  static int[] halves(int[] tokens, int most) {
    if (tokens.length <= most) {
      return tokens;
    }
    int[] kept = Arrays.copyOf(tokens, most);
    int last = most - most / 2;
    System.arraycopy(tokens, tokens.length - last, kept, most / 2, last);
    return kept;
  }

  private Entry entry(Line line) {
    JsonNode json;
    try {
      json = JSON.readTree(line.text());
    } catch (JacksonException _) { // it has nothing to say that helps
      throw wrong(line, "is not JSON");
    }
    List<String> answers = texts(line, json, "answers");
    if (answers.isEmpty()) {
      throw wrong(line, "expects no answer ('answers' is empty)");
    }
    List<String> classes =
        dataset.classifies() || json.path(CLASSES).isArray()
            ? texts(line, json, CLASSES)
            : List.of();
    try {
      dataset.score("", answers, classes);
    } catch (IllegalArgumentException e) {
      throw wrong(
          line, "cannot be scored: " + String.valueOf(e.getMessage()).replaceFirst("\\.$", ""));
    }
    return new Entry(text(line, json, "context"), text(line, json, "input"), answers, classes);
  }

  private String text(Line line, JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isString()) {
      throw wrong(line, "has no text '" + field + "'");
    }
    return value.stringValue();
  }

  private List<String> texts(Line line, JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isArray() || !value.values().stream().allMatch(JsonNode::isString)) {
      throw wrong(line, "has no list of texts '" + field + "'");
    }
    return value.values().stream().map(JsonNode::stringValue).toList();
  }

  private IllegalArgumentException wrong(Line line, String what) {
    return new IllegalArgumentException(
        "Line %d of '%s' %s; correct it or download the file again."
            .formatted(line.number(), file, what));
  }
}
