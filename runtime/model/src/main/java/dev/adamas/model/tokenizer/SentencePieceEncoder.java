package dev.adamas.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.OptionalInt;

/** SentencePiece: spaces are characters, and scores say which neighbours to join first. */
final class SentencePieceEncoder implements SegmentEncoder {
  /** U+2581, which stands for a space. */
  private static final byte[] SPACE = "\u2581".getBytes(StandardCharsets.UTF_8);

  private static final int ABSENT = -1;

  private final ByteStringTable vocabulary;
  private final int[] ranks;
  private final boolean addsSpace;

  /** The token of each byte that no other token covers. */
  private final int[] bytes = new int[256];

  /**
   * @param scores one per token; a union with a higher score is made first
   * @param unknown what stands for bytes that have no token
   */
  SentencePieceEncoder(
      ByteStringTable vocabulary, float[] scores, OptionalInt unknown, boolean addsSpace) {
    this.vocabulary = vocabulary;
    this.addsSpace = addsSpace;
    this.ranks = new int[scores.length];
    for (int i = 0; i < scores.length; i++) {
      ranks[i] = descending(scores[i]);
    }
    for (int b = 0; b < bytes.length; b++) {
      int token = vocabulary.find(byteName((byte) b));
      if (token == ABSENT) {
        token = vocabulary.find(new byte[] {(byte) b});
      }
      bytes[b] = token == ABSENT ? unknown.orElse(ABSENT) : token;
    }
  }

  private static byte[] byteName(byte b) {
    return ("<0x" + HexFormat.of().withUpperCase().toHexDigits(b) + ">")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** An integer that is smaller the higher the score is. */
  private static int descending(float score) {
    int bits = Float.floatToIntBits(0f - score);
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }

  @Override
  public Session session() {
    return new PieceSession();
  }

  @Override
  public byte[] textBytes(byte[] tokenText) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(tokenText.length);
    for (int i = 0; i < tokenText.length; i++) {
      if (startsWithSpace(tokenText, i)) {
        out.write(' ');
        i += SPACE.length - 1;
      } else {
        out.write(tokenText[i]);
      }
    }
    return out.toByteArray();
  }

  private static boolean startsWithSpace(byte[] text, int i) {
    return i + 2 < text.length
        && text[i] == SPACE[0]
        && text[i + 1] == SPACE[1]
        && text[i + 2] == SPACE[2];
  }

  @Override
  public boolean addsSpace() {
    return addsSpace;
  }

  @Override
  public String description() {
    return addsSpace ? "SentencePiece" : "SentencePiece (no space before the text)";
  }

  final class PieceSession extends PairMerger implements Session {
    /** The text with its spaces replaced. */
    private byte[] escaped = new byte[0];

    /** Where each symbol begins and ends in it. */
    private int[] starts = new int[0];

    private int[] ends = new int[0];

    @Override
    public void encode(byte[] text, int from, int to, boolean afterSpecial, IntList tokens) {
      int count = split(escape(text, from, to, addsSpace && afterSpecial));
      merge(count);
      for (int i = 0; i != -1; i = next(i)) {
        addSymbol(starts[i], ends[i], tokens);
      }
    }

    private int escape(byte[] text, int from, int to, boolean spaceFirst) {
      int spaces = spaceFirst ? 1 : 0;
      for (int i = from; i < to; i++) {
        spaces += text[i] == ' ' ? 1 : 0;
      }
      int length = Math.addExact(to - from + 1, Math.multiplyExact(2, spaces));
      escaped = new byte[length];
      int at = 0;
      if (spaceFirst) {
        System.arraycopy(SPACE, 0, escaped, 0, SPACE.length);
        at = SPACE.length;
      }
      for (int i = from; i < to; i++) {
        if (text[i] == ' ') {
          System.arraycopy(SPACE, 0, escaped, at, SPACE.length);
          at += SPACE.length;
        } else {
          escaped[at++] = text[i];
        }
      }
      return at;
    }

    private int split(int length) {
      starts = new int[length];
      ends = new int[length];
      int count = 0;
      for (int at = 0; at < length; count++) {
        starts[count] = at;
        at += Utf8.length(escaped[at]);
        ends[count] = at;
      }
      return count;
    }

    private void addSymbol(int start, int end, IntList tokens) {
      int token = vocabulary.find(escaped, start, end);
      if (token != ABSENT) {
        tokens.add(token);
        return;
      }
      for (int i = start; i < end; i++) {
        int substitute = bytes[escaped[i] & 0xff];
        if (substitute != ABSENT) {
          tokens.add(substitute);
        }
      }
    }

    @Override
    int rank(int left, int right) {
      int token = vocabulary.find(escaped, starts[left], ends[right]);
      return token == ABSENT ? NEVER : ranks[token];
    }

    @Override
    void join(int left, int right) {
      ends[left] = ends[right];
    }
  }
}
