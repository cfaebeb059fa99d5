package dev.adamas.model.gguf;

import java.util.HexFormat;

/**
 * Shows text and bytes of an untrusted file in messages: short, on one line, nothing a terminal
 * obeys.
 */
final class Printable {
  private static final int LIMIT = 64;

  private Printable() {}

  /**
   * The text in quotes, cut after 64 characters, with everything but visible characters escaped.
   */
  static String quote(String text) {
    StringBuilder out = new StringBuilder("'");
    int shown = 0;
    for (int i = 0; i < text.length() && shown < LIMIT; shown++) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c == '\'' || c == '\\') {
        out.append('\\').appendCodePoint(c);
      } else if (c == ' ' || isVisible(c)) {
        out.appendCodePoint(c);
      } else {
        out.append(c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%06x".formatted(c));
      }
    }
    if (text.codePointCount(0, text.length()) > LIMIT) {
      out.append("…");
    }
    return out.append("'").toString();
  }

  /** The bytes as hexadecimal pairs. */
  static String hex(byte[] bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  private static boolean isVisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
