package dev.adamas.eval.metric;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Answers that should be one number: how many of the numbers given are that one. */
public final class NumberShare {

  // Digits of any script, as in Python.
  private static final Pattern NUMBER = Pattern.compile("\\p{Nd}+");
  private static final Pattern PARAGRAPH = Pattern.compile("Paragraph (\\p{Nd}+)");

  private NumberShare() {}

  /** Counting, as LongBench scores it: the expected text is the number. */
  public static double count(String prediction, String expected) {
    List<String> numbers = NUMBER.matcher(prediction).results().map(MatchResult::group).toList();
    return numbers.isEmpty()
        ? 0
        : (double) numbers.stream().filter(expected::equals).count() / numbers.size();
  }

  /**
   * Retrieval, as LongBench scores it: the expected text names {@code Paragraph 12}.
   *
   * @throws IllegalArgumentException where it does not
   */
  public static double retrieval(String prediction, String expected) {
    Matcher matcher = PARAGRAPH.matcher(expected);
    if (!matcher.find()) {
      throw new IllegalArgumentException(
          "The expected answer '" + expected + "' names no paragraph such as 'Paragraph 12'.");
    }
    return count(prediction, matcher.group(1));
  }
}
