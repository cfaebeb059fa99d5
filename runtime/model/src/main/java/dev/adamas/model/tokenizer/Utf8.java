package dev.adamas.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** UTF-8 with U+FFFD for lone surrogates, where {@link String#getBytes()} would write '?'. */
final class Utf8 {
  private Utf8() {}

  static byte[] encode(String text) {
    return hasLoneSurrogate(text)
        ? replaceLoneSurrogates(text).getBytes(StandardCharsets.UTF_8)
        : text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean hasLoneSurrogate(String text) {
    return text.codePoints().anyMatch(Utf8::isSurrogate);
  }

  private static String replaceLoneSurrogates(String text) {
    int[] codePoints = text.codePoints().map(c -> isSurrogate(c) ? 0xfffd : c).toArray();
    return new String(codePoints, 0, codePoints.length);
  }

  private static boolean isSurrogate(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  /** The number of bytes of the character that begins with this byte of valid UTF-8. */
  static int length(byte first) {
    return first >= 0 ? 1 : (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : 4;
  }

  /** The number of bytes of a code point. */
  static int length(int codePoint) {
    return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  /** The code points of {@code text[from, to)}, which is valid UTF-8. */
  static int[] codePoints(byte[] text, int from, int to) {
    int[] result = new int[to - from];
    int size = 0;
    for (int i = from; i < to; ) {
      int length = length(text[i]);
      int c = length == 1 ? text[i] : text[i] & (0xff >> (length + 1));
      for (int j = 1; j < length; j++) {
        c = (c << 6) | (text[i + j] & 0x3f);
      }
      result[size++] = c;
      i += length;
    }
    return Arrays.copyOf(result, size);
  }
}
