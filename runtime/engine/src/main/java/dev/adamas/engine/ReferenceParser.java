package dev.adamas.engine;

import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the grammar of {@link Reference}. */
final class ReferenceParser {

  private static final String WORDS = "[a-z0-9]+(?:-[a-z0-9]+)*";
  private static final Pattern NAME = Pattern.compile(WORDS);
  private static final Pattern KEY = Pattern.compile("\\s*(" + WORDS + ")\\s*=\\s*");
  private static final Pattern NEXT_KEY = Pattern.compile(",\\s*" + WORDS + "\\s*=");

  private final String text;
  private int at;

  ReferenceParser(String text) {
    this.text = text;
  }

  Reference parse() {
    skipSpace();
    String id = match(NAME, "a name in lower-case words joined by hyphens").group();
    OptionalInt version = version();
    TreeMap<String, String> options = new TreeMap<>();
    skipSpace();
    if (take('(')) {
      skipSpace();
      if (!take(')')) {
        do {
          option(options);
        } while (take(','));
        if (!take(')')) {
          throw wrong("')'");
        }
      }
    }
    skipSpace();
    if (at < text.length()) {
      throw wrong("the end of the reference");
    }
    return new Reference(id, version, options);
  }

  private OptionalInt version() {
    if (!take('@')) {
      return OptionalInt.empty();
    }
    // Nine digits fit an int.
    Matcher digits = match(Pattern.compile("[1-9][0-9]{0,8}"), "a version number such as 1");
    return OptionalInt.of(Integer.parseInt(digits.group()));
  }

  private void option(Map<String, String> options) {
    int start = at;
    String key = match(KEY, "key=value").group(1);
    String value = take('"') ? quoted() : plain();
    if (options.put(key, value) != null) {
      at = start;
      throw new IllegalArgumentException(
          "'%s' sets %s twice, the second time at character %d; keep one."
              .formatted(text, key, start + 1));
    }
  }

  private String quoted() {
    int end = text.indexOf('"', at);
    if (end < 0) {
      at = text.length();
      throw wrong("a closing double quote");
    }
    String value = text.substring(at, end);
    at = end + 1;
    skipSpace();
    return value;
  }

  private String plain() {
    int start = at;
    int depth = 0;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '(') {
        depth++;
      } else if (c == ')') {
        if (depth == 0) {
          break;
        }
        depth--;
      } else if (c == '"') {
        skipQuoted();
      } else if (c == ',' && depth == 0 && nextKey()) {
        break;
      }
    }
    if (at == text.length()) {
      throw wrong(depth > 0 ? "')' " + (depth + 1) + " times" : "')'");
    }
    String value = text.substring(start, at).strip();
    if (value.isEmpty()) {
      throw wrong("a value");
    }
    return value;
  }

  private void skipQuoted() {
    int end = text.indexOf('"', at + 1);
    if (end < 0) {
      at = text.length();
      throw wrong("a closing double quote");
    }
    at = end;
  }

  private boolean nextKey() {
    return NEXT_KEY.matcher(text).region(at, text.length()).lookingAt();
  }

  private Matcher match(Pattern pattern, String expected) {
    Matcher matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      skipSpace();
      throw wrong(expected);
    }
    at = matcher.end();
    return matcher;
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private IllegalArgumentException wrong(String expected) {
    return new IllegalArgumentException(
        "'%s' is not a reference such as adamas(budget=64): expected %s at character %d."
            .formatted(text, expected, at + 1));
  }

  /** A value in the form in which {@link #plain} or {@link #quoted} reads it back. */
  static String quoted(String value) {
    return readsBack(value) ? value : '"' + value + '"';
  }

  /** Whether {@link #plain} reads a value back as it is. */
  static boolean readsBack(String value) {
    if (value.isEmpty() || !value.equals(value.strip())) {
      return false;
    }
    ReferenceParser parser = new ReferenceParser(value + ")");
    try {
      return parser.plain().equals(value) && parser.at == value.length();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
