package dev.adamas.cli;

import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * The retrieval task of long-context evaluations (arXiv 2305.16300): a number hidden in a long
 * story, and at the end the question for it.
 *
 * @param text the story with the hidden number, without the question
 * @param question what follows the story; the number is its natural continuation
 * @param key the number, five digits
 * @param depth where the number is hidden, as a share of all tokens
 */
record PassKeyDocument(String text, String question, String key, double depth) {

  /** Tokens below which the depth could not be kept between 0.1 and 0.9. */
  static final int MIN_TOKENS = 256;

  private static final String QUESTION = "\n\nWhat is the pass key? The pass key is";

  /** Longer than any sentence, so that what is left over can always be filled. */
  private static final int SENTENCE = 48;

  /** Random sentences tried for one that fits exactly; one in about twenty does. */
  private static final int TRIES = 5000;

  /**
   * A document that has, with its question, exactly {@code tokens} tokens.
   *
   * @param tokens at least {@link #MIN_TOKENS}
   * @param counter tokens of a text; the text is a sentence with the space before it, and the
   *     tokenizer must not join tokens across sentences (those that split words before spaces do
   *     not)
   * @throws IllegalArgumentException where there are too few tokens
   */
  static PassKeyDocument generate(int tokens, long seed, ToIntFunction<String> counter) {
    if (tokens < MIN_TOKENS) {
      throw new IllegalArgumentException(
          "A document of %d tokens is too short to hide a pass key in; use at least %d."
              .formatted(tokens, MIN_TOKENS));
    }
    var random = new SplittableRandom(seed);
    String key = Integer.toString(random.nextInt(10_000, 100_000));
    String needle = " The pass key is %s. Remember it. %s is the pass key.".formatted(key, key);
    double latest = 0.9 - 2.0 * SENTENCE / tokens;
    int target = (int) Math.ceil(tokens * (0.1 + random.nextDouble() * (latest - 0.1)));

    var story = new Haystack(random.nextLong());
    var text = new StringBuilder(story.sentence());
    int used = counter.applyAsInt(text.toString());
    while (used < target) {
      used += append(text, next(story, random), counter);
    }
    double depth = (double) used / tokens;
    used += append(text, needle, counter);

    int end = tokens - counter.applyAsInt(QUESTION);
    while (end - used > 2 * SENTENCE) {
      used += append(text, next(story, random), counter);
    }
    fill(text, end - used, story, counter);
    return new PassKeyDocument(text.toString(), QUESTION, key, depth);
  }

  private static int append(StringBuilder text, String part, ToIntFunction<String> counter) {
    text.append(part);
    return counter.applyAsInt(part);
  }

  /** The next sentence with the space before it, now and then a new paragraph. */
  private static String next(Haystack story, SplittableRandom random) {
    return (random.nextInt(6) == 0 ? "\n\n" : " ") + story.sentence();
  }

  /**
   * Appends sentences of exactly {@code remaining} tokens: they are taken as they come while there
   * is room for another, then one of the right length is waited for.
   */
  private static void fill(
      StringBuilder text, int remaining, Haystack story, ToIntFunction<String> counter) {
    int left = remaining;
    for (int i = 0; i < TRIES; i++) {
      String candidate = " " + story.sentence();
      int tokens = counter.applyAsInt(candidate);
      if (tokens == left || left - tokens >= SENTENCE / 3) {
        text.append(candidate);
        left -= tokens;
      }
      if (left == 0) {
        return;
      }
    }
    throw new IllegalStateException(
        "No sentences fill the last %d tokens of the document with this tokenizer."
            .formatted(left));
  }
}
