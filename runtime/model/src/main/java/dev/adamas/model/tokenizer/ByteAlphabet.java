package dev.adamas.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 characters that byte-level vocabularies write bytes with, so that token texts are
 * printable: visible Latin-1 characters stand for themselves, the others for U+0100 and up in
 * order. The space is {@code Ġ}.
 */
final class ByteAlphabet {
  private static final char[] CHARACTER = new char[256];
  private static final short[] BYTE = new short[512];

  static {
    Arrays.fill(BYTE, (short) -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean visible =
          (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
      CHARACTER[b] = visible ? (char) b : next++;
      BYTE[CHARACTER[b]] = (short) b;
    }
  }

  private ByteAlphabet() {}

  /** The character of a byte, in UTF-8. */
  static byte[] character(int b) {
    return String.valueOf(CHARACTER[b]).getBytes(StandardCharsets.UTF_8);
  }

  /** Writes {@code text[from, to)} in the alphabet, as UTF-8; at most twice as long. */
  static int write(byte[] text, int from, int to, byte[] target) {
    int at = 0;
    for (int i = from; i < to; i++) {
      char c = CHARACTER[text[i] & 0xff];
      if (c < 0x80) {
        target[at++] = (byte) c;
      } else {
        target[at++] = (byte) (0xc0 | (c >> 6));
        target[at++] = (byte) (0x80 | (c & 0x3f));
      }
    }
    return at;
  }

  /** The bytes that a token's text stands for; characters outside the alphabet stay themselves. */
  static byte[] read(byte[] tokenText) {
    String text = new String(tokenText, StandardCharsets.UTF_8);
    byte[] result = new byte[tokenText.length];
    int size = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c < BYTE.length && BYTE[c] >= 0) {
        result[size++] = (byte) BYTE[c];
      } else {
        byte[] itself = Character.toString(c).getBytes(StandardCharsets.UTF_8);
        if (size + itself.length > result.length) {
          // Only text that is not UTF-8 grows, because U+FFFD is longer than the byte it replaces.
          result = Arrays.copyOf(result, 2 * (size + itself.length));
        }
        System.arraycopy(itself, 0, result, size, itself.length);
        size += itself.length;
      }
    }
    return Arrays.copyOf(result, size);
  }
}
