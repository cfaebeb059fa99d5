package dev.adamas.eval.task;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What tasks work with.
 *
 * @param haystack text in which things are hidden; a generated story where empty
 * @param texts that perplexity and selection look at; the haystack where there are none
 * @param longbench folder with LongBench's JSONL files
 * @param scoredTokens tokens of each window that perplexity scores, at least 1
 * @param depths where things are hidden, from 0 to 1, sample after sample; spread evenly where
 *     empty
 */
public record TaskOptions(
    Optional<NamedText> haystack,
    List<NamedText> texts,
    Optional<Path> longbench,
    int scoredTokens,
    List<Double> depths) {

  /** Tokens that perplexity scores where nothing else is said. */
  public static final int SCORED_TOKENS = 128;

  /** Copies the lists; refuses numbers outside their ranges and texts that are given twice. */
  public TaskOptions {
    texts = List.copyOf(texts);
    depths = List.copyOf(depths);
    for (int i = 0; i < texts.size(); i++) {
      for (NamedText other : texts.subList(i + 1, texts.size())) {
        requireDifferent(texts.get(i), other);
      }
    }
    if (scoredTokens < 1) {
      throw new IllegalArgumentException(
          "%d scored tokens are too few; at least 1 is needed.".formatted(scoredTokens));
    }
    for (double depth : depths) {
      if (!(depth >= 0 && depth <= 1)) {
        throw new IllegalArgumentException(
            "The depth %s is no share of the document; use numbers from 0 to 1.".formatted(depth));
      }
    }
  }

  private static void requireDifferent(NamedText one, NamedText other) {
    if (one.name().equals(other.name()) || one.text().strip().equals(other.text().strip())) {
      throw new IllegalArgumentException(
          "The texts '%s' and '%s' are the same, which would count as twice the evidence; give each text once."
              .formatted(one.name(), other.name()));
    }
  }

  /** Generated text only. */
  public static TaskOptions defaults() {
    return new TaskOptions(Optional.empty(), List.of(), Optional.empty(), SCORED_TOKENS, List.of());
  }
}
