package dev.adamas.eval.task;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * The retrieval task of long-context evaluations (arXiv 2305.16300): a number hidden in a long
 * story, and at the end the question for it, whose natural continuation is the number.
 *
 * @param text the story with the hidden number, and the question
 * @param key the number, five digits
 * @param depth where the number is hidden, as a share of all tokens
 */
public record PassKeyDocument(String text, String key, double depth) {

  /** Tokens below which the depth could not be kept between 0.1 and 0.9. */
  public static final int MIN_TOKENS = 256;

  /** What every document with something hidden in it begins with. */
  static final String BEFORE =
      "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it."
          + " I will quiz you about the important information there.\n\n";

  private static final String QUESTION = "\n\nWhat is the pass key? The pass key is";

  /** Tokens that the number's sentences may take. */
  private static final int NEEDLE = 96;

  /**
   * A document in a generated story, the number at a depth between 0.1 and 0.9.
   *
   * @param tokens at least {@link #MIN_TOKENS}; exactly so many where the tokenizer splits words
   *     before it looks at them, a few less elsewhere
   * @param counter tokens of a text
   * @throws IllegalArgumentException where there are too few tokens
   */
  public static PassKeyDocument generate(int tokens, long seed, ToIntFunction<String> counter) {
    if (tokens < MIN_TOKENS) {
      throw new IllegalArgumentException(
          "A document of %d tokens is too short to hide a pass key in; use at least %d."
              .formatted(tokens, MIN_TOKENS));
    }
    double latest = 0.9 - (double) NEEDLE / tokens;
    double depth = 0.1 + new SplittableRandom(seed).nextDouble() * (latest - 0.1);
    return write(tokens, depth, Haystack.generated(), seed, counter);
  }

  /** A document with the number at a depth, as far as sentences allow. */
  static PassKeyDocument write(
      int tokens,
      double depth,
      Haystack.Source haystack,
      long seed,
      ToIntFunction<String> counter) {
    String key = Numbers.distinct(1, new SplittableRandom(~seed)).getFirst();
    String needle =
        "\n\nThe pass key is %s. Remember it. %s is the pass key.\n\n".formatted(key, key);
    NeedleDocument document =
        NeedleDocument.write(
            new NeedleDocument.Parts(
                BEFORE, List.of(new NeedleDocument.Needle(needle, depth)), QUESTION),
            tokens,
            haystack,
            seed,
            counter);
    return new PassKeyDocument(document.text(), key, document.depths().getFirst());
  }
}
