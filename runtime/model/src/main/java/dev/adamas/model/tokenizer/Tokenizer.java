package dev.adamas.model.tokenizer;

import dev.adamas.model.gguf.GgufException;
import dev.adamas.model.gguf.GgufMetadata;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Turns text into the tokens of one model and back. A token is an integer from 0 to {@link
 * #vocabularySize()} - 1.
 *
 * <p>Immutable and safe for use by several threads. Every text can be encoded: a lone surrogate
 * becomes U+FFFD. Encoding takes time about proportional to the length, whatever the text.
 */
public sealed interface Tokenizer permits VocabularyTokenizer {
  /**
   * Builds the tokenizer that a file describes.
   *
   * @param metadata the file's metadata; not needed afterwards, the vocabulary is copied
   * @return the tokenizer
   * @throws GgufException if the file has no vocabulary, an inconsistent one, or one of a kind that
   *     is not supported
   */
  static Tokenizer of(GgufMetadata metadata) {
    return Tokenizers.of(metadata);
  }

  /** How many tokens there are. */
  int vocabularySize();

  /**
   * The tokens of a text, nothing added and names of control tokens taken literally: {@code <s>} in
   * the text is three characters. Text of user-defined tokens becomes these tokens.
   */
  default int[] encode(String text) {
    return encode(text, false, false);
  }

  /**
   * The tokens of a text.
   *
   * @param text any text
   * @param addSpecial whether to add the begin and end token where the file asks for them, as for a
   *     prompt
   * @param parseSpecial whether names of control tokens in the text become these tokens, as for a
   *     prompt made from a template; never for text of strangers
   */
  int[] encode(String text, boolean addSpecial, boolean parseSpecial);

  /**
   * The text of tokens, without that of control tokens; bytes that are no UTF-8 become U+FFFD, and
   * the space that the tokenizer puts before a text is taken away again.
   *
   * @throws IndexOutOfBoundsException if a token is outside the vocabulary
   */
  String decode(int... tokens);

  /**
   * A decoder for tokens that come one by one.
   *
   * @param continuation whether the tokens continue a text; at the begin of one, the space that the
   *     tokenizer puts there is taken away
   */
  StreamingDetokenizer detokenizer(boolean continuation);

  /** The name of a token as the file has it, for example {@code Ġthe} or {@code <|im_end|>}. */
  String tokenText(int token);

  /** What a token is for. */
  TokenType tokenType(int token);

  /** The token that begins a text. */
  OptionalInt beginToken();

  /** The token that ends a text. */
  OptionalInt endToken();

  /** Whether the model wants the begin token before every text. */
  boolean addsBegin();

  /**
   * The tokens after which the model has nothing more to say: end of text, end of turn, and the
   * like, as far as the vocabulary has them.
   */
  Set<Integer> endOfGeneration();

  /** Whether a token is one of {@link #endOfGeneration()}; for the loop that generates. */
  boolean endsGeneration(int token);

  /** What kind of tokenizer it is, for people: {@code byte-level BPE (smollm)}. */
  String description();
}
