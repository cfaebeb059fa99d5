package dev.adamas.model.tokenizer;

/**
 * The classes of characters that pre-tokenizers tell apart: {@code \p{L}}, {@code \p{N}}, {@code
 * \s} of Unicode, and the rest.
 */
final class CharClass {
  static final byte OTHER = 0;
  static final byte LETTER = 1;
  static final byte NUMBER = 2;
  static final byte SPACE = 3;

  /**
   * Letters and digits of Unicode 16, in pairs of first and last. JDK 25 knows them; llama.cpp, at
   * Unicode 15.1, does not, and cuts text in these young scripts as if it had no letters.
   */
  private static final int[] ASSIGNED_LATER = {
    0x1c89, 0x1c8a, 0xa7cb, 0xa7cd, 0xa7da, 0xa7dc, 0x105c0, 0x105f3, 0x10d40, 0x10d65, 0x10d6f,
    0x10d85, 0x10ec2, 0x10ec4, 0x11380, 0x113b7, 0x113d1, 0x113d3, 0x116d0, 0x116e3, 0x11bc0,
    0x11be0, 0x11bf0, 0x11bf9, 0x13460, 0x143fa, 0x16100, 0x1611d, 0x16130, 0x16139, 0x16d40,
    0x16d6c, 0x16d70, 0x16d79, 0x18cff, 0x18cff, 0x1ccf0, 0x1ccf9, 0x1e5d0, 0x1e5fa
  };

  private static final byte[] ASCII = new byte[128];

  static {
    for (int c = 0; c < 128; c++) {
      ASCII[c] = classify(c);
    }
  }

  private CharClass() {}

  static byte of(int c) {
    return c < 128 ? ASCII[c] : classify(c);
  }

  private static byte classify(int c) {
    if (isSpace(c)) {
      return SPACE;
    }
    byte known =
        switch (Character.getType(c)) {
          case Character.UPPERCASE_LETTER,
              Character.LOWERCASE_LETTER,
              Character.TITLECASE_LETTER,
              Character.MODIFIER_LETTER,
              Character.OTHER_LETTER ->
              LETTER;
          case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
              NUMBER;
          default -> OTHER;
        };
    return known != OTHER && assignedLater(c) ? OTHER : known;
  }

  private static boolean assignedLater(int c) {
    for (int i = 0; i < ASSIGNED_LATER.length && ASSIGNED_LATER[i] <= c; i += 2) {
      if (c <= ASSIGNED_LATER[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /** The property White_Space. */
  private static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0d)
        || c == 0x20
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }
}
