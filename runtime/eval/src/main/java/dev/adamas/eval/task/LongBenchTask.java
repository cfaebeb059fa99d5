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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code longbench-…}: a dataset of LongBench from its public JSONL file. The samples are the
 * file's first lines. A prompt that is longer than the context keeps its first and its last half,
 * as its publishers do it; no chat template is applied.
 */
final class LongBenchTask implements Task {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Tokenizer tokenizer;
  private final Path file;
  private final String name;
  private final LongBenchDataset dataset;
  private final List<String> lines;

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
      lines = Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
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
  public Sample sample(int context, int sample, long seed) {
    JsonNode line = line(sample);
    List<String> answers = strings(line, "answers", sample);
    List<String> classes =
        line.path("all_classes").isArray() ? strings(line, "all_classes", sample) : List.of();
    int[] tokens =
        tokenizer.encode(
            dataset.prompt(text(line, "context", sample), text(line, "input", sample)),
            true,
            false);
    Predicate<String> complete =
        dataset.firstLine() ? answer -> answer.replaceFirst("^\n+", "").contains("\n") : _ -> false;
    return new AnswerSample(
        tokenizer,
        halves(tokens, context - decodedTokens()),
        new AnswerSample.Judge(
            dataset.tokens(),
            complete,
            answer -> dataset.score(answer, answers, classes),
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

  private JsonNode line(int sample) {
    try {
      return JSON.readTree(lines.get(sample));
    } catch (JacksonException e) {
      throw wrong(sample, "is not JSON");
    }
  }

  private String text(JsonNode line, String field, int sample) {
    JsonNode value = line.path(field);
    if (!value.isString()) {
      throw wrong(sample, "has no text '" + field + "'");
    }
    return value.stringValue();
  }

  private List<String> strings(JsonNode line, String field, int sample) {
    JsonNode value = line.path(field);
    if (!value.isArray() || !value.values().stream().allMatch(JsonNode::isString)) {
      throw wrong(sample, "has no list of texts '" + field + "'");
    }
    return value.values().stream().map(JsonNode::stringValue).toList();
  }

  private IllegalArgumentException wrong(int sample, String what) {
    return new IllegalArgumentException(
        "Line %d of %s %s; download the file again.".formatted(sample + 1, file, what));
  }
}
