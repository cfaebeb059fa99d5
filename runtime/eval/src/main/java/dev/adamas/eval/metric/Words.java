package dev.adamas.eval.metric;

import java.util.List;
import java.util.regex.Pattern;

/** Words as Python's {@code str.split()} finds them, which the published metrics use. */
final class Words {

  /** Unicode's white space and the four information separators, which Python counts among it. */
  private static final Pattern SPACE =
      Pattern.compile("[\\s\\x1c-\\x1f]+", Pattern.UNICODE_CHARACTER_CLASS);

  private Words() {}

  /** The words of a text; none where it is blank. */
  static List<String> of(String text) {
    return SPACE.splitAsStream(text).filter(word -> !word.isEmpty()).toList();
  }
}
