package dev.adamas.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns tokens into text one by one, as a model generates them. A token may end in the middle of a
 * character; its first bytes wait until the rest has come, so that no half characters are printed.
 *
 * <p>For one thread.
 */
public final class StreamingDetokenizer {
  private final VocabularyTokenizer tokenizer;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** The first bytes of an unfinished character: three at most. */
  private byte[] pending = new byte[0];

  private boolean dropSpace;

  StreamingDetokenizer(VocabularyTokenizer tokenizer, boolean dropSpace) {
    this.tokenizer = tokenizer;
    this.dropSpace = dropSpace;
  }

  /**
   * Adds a token.
   *
   * @return the text that is complete now, often that of this token, possibly empty
   * @throws IndexOutOfBoundsException if the token is outside the vocabulary
   */
  public String append(int token) {
    byte[] bytes = tokenizer.textBytes(token);
    if (bytes.length == 0) {
      return "";
    }
    int from = dropSpace && bytes[0] == ' ' ? 1 : 0;
    dropSpace = false;
    ByteBuffer in = ByteBuffer.allocate(pending.length + bytes.length - from);
    in.put(pending).put(bytes, from, bytes.length - from).flip();
    // A byte makes one char at most.
    CharBuffer out = CharBuffer.allocate(in.remaining());
    decoder.reset().decode(in, out, false);
    pending = new byte[in.remaining()];
    in.get(pending);
    return out.flip().toString();
  }

  /**
   * Ends the text.
   *
   * @return U+FFFD if the last character never became complete, otherwise nothing
   */
  public String flush() {
    String rest = new String(pending, StandardCharsets.UTF_8);
    pending = new byte[0];
    return rest;
  }
}
