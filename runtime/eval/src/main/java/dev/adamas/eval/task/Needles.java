package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the retrieval tasks share: the haystack, the depths and how numbers are read from answers.
 *
 * @param depths where things are hidden, sample after sample; spread evenly where empty
 */
record Needles(Tokenizer tokenizer, Haystack.Source haystack, List<Double> depths) {

  /**
   * Tokens of a number that is asked for: the question's last one, a space, five digits, and one
   * that shows where the number ends.
   */
  static final int VALUE_TOKENS = 8;

  /** Steps of the golden ratio spread points evenly, however many there are. */
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  private static final Pattern VALUE = Pattern.compile("\\s*(\\d+)(\\D?)", Pattern.DOTALL);

  /** Copies {@code depths}. */
  Needles {
    depths = List.copyOf(depths);
  }

  /** The depth of a sample. */
  double depth(int sample, long seed) {
    if (!depths.isEmpty()) {
      return depths.get(sample % depths.size());
    }
    // A little noise, so that other seeds try other depths.
    double noise = 0.05 * new SplittableRandom(seed ^ 0x5eed).nextDouble();
    return ((sample + 0.5) * GOLDEN + noise) % 1;
  }

  /** Tokens of a text inside a prompt. */
  ToIntFunction<String> counter() {
    return text -> tokenizer.encode(text).length;
  }

  /** A prompt's tokens, with the begin token where the model wants one. */
  int[] tokens(String text) {
    return tokenizer.encode(text, true, false);
  }

  /** Whether an answer has its number to the end. */
  static boolean valueComplete(String answer) {
    Matcher matcher = VALUE.matcher(answer);
    return matcher.lookingAt() ? !matcher.group(2).isEmpty() : !answer.isBlank();
  }

  /** The number that an answer begins with; empty where it does not. */
  static String value(String answer) {
    Matcher matcher = VALUE.matcher(answer);
    return matcher.lookingAt() ? matcher.group(1) : "";
  }
}
