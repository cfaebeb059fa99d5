package dev.adamas.model.tokenizer;

import dev.adamas.model.gguf.GgufException;
import dev.adamas.model.gguf.GgufMetadata;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** What both families share: special tokens, begin and end, and the way back to text. */
final class VocabularyTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final SegmentEncoder encoder;
  private final SpecialTokens specialTokens;
  private final OptionalInt beginToken;
  private final OptionalInt endToken;
  private final boolean addsBegin;
  private final boolean addsEnd;

  VocabularyTokenizer(
      GgufMetadata metadata,
      Vocabulary vocabulary,
      SegmentEncoder encoder,
      OptionalInt beginToken,
      OptionalInt endToken,
      boolean addsBeginByDefault) {
    this.vocabulary = vocabulary;
    this.encoder = encoder;
    this.specialTokens = new SpecialTokens(vocabulary);
    this.beginToken = beginToken;
    this.endToken = endToken;
    this.addsBegin = adds(metadata, "tokenizer.ggml.add_bos_token", addsBeginByDefault, beginToken);
    this.addsEnd = adds(metadata, "tokenizer.ggml.add_eos_token", false, endToken);
  }

  private static boolean adds(
      GgufMetadata metadata, String key, boolean byDefault, OptionalInt token) {
    boolean wanted = metadata.bool(key).orElse(byDefault);
    if (wanted && token.isEmpty() && metadata.type(key).isPresent()) {
      throw new GgufException(
          "%s asks for a token with '%s' but does not name it; convert the model again"
              .formatted(metadata.fileName(), key));
    }
    return wanted && token.isPresent();
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    byte[] bytes = Utf8.encode(text);
    IntList tokens = new IntList(bytes.length / 3);
    if (addSpecial && addsBegin) {
      tokens.add(beginToken.getAsInt());
    }
    SegmentEncoder.Session session = encoder.session();
    boolean afterSpecial = true;
    int at = 0;
    for (SpecialTokens.Occurrence special : specialTokens.find(bytes, parseSpecial)) {
      if (special.from() > at) {
        session.encode(bytes, at, special.from(), afterSpecial, tokens);
      }
      tokens.add(special.token());
      afterSpecial = true;
      at = special.to();
    }
    if (at < bytes.length) {
      session.encode(bytes, at, bytes.length, afterSpecial, tokens);
    }
    if (addSpecial && addsEnd) {
      tokens.add(endToken.getAsInt());
    }
    return tokens.toArray();
  }

  @Override
  public String decode(int... tokens) {
    StreamingDetokenizer detokenizer = detokenizer(false);
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(detokenizer.append(token));
    }
    return text.append(detokenizer.flush()).toString();
  }

  @Override
  public StreamingDetokenizer detokenizer(boolean continuation) {
    return new StreamingDetokenizer(this, encoder.addsSpace() && !continuation);
  }

  /** The bytes of text that a token stands for; none for control tokens. */
  byte[] textBytes(int token) {
    Objects.checkIndex(token, vocabulary.size());
    byte[] text = vocabulary.texts().get(token);
    return switch (vocabulary.type(token)) {
      case NORMAL -> encoder.textBytes(text);
      case USER_DEFINED -> text;
      case BYTE -> byteOf(text);
      case CONTROL, UNKNOWN, UNUSED -> new byte[0];
    };
  }

  /** The byte that a name such as {@code <0x0A>} stands for. */
  private static byte[] byteOf(byte[] name) {
    if (name.length == 6) {
      int high = Character.digit(name[3], 16);
      int low = Character.digit(name[4], 16);
      if (high >= 0 && low >= 0) {
        return new byte[] {(byte) ((high << 4) | low)};
      }
    }
    return name;
  }

  @Override
  public String tokenText(int token) {
    Objects.checkIndex(token, vocabulary.size());
    return new String(vocabulary.texts().get(token), StandardCharsets.UTF_8);
  }

  @Override
  public TokenType tokenType(int token) {
    Objects.checkIndex(token, vocabulary.size());
    return vocabulary.type(token);
  }

  @Override
  public OptionalInt beginToken() {
    return beginToken;
  }

  @Override
  public OptionalInt endToken() {
    return endToken;
  }

  @Override
  public boolean addsBegin() {
    return addsBegin;
  }

  @Override
  public boolean endsGeneration(int token) {
    return vocabulary.ends().get(token);
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return vocabulary.ends().stream().boxed().collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public String description() {
    return encoder.description();
  }

  @Override
  public String toString() {
    return "%s, %d tokens".formatted(description(), vocabularySize());
  }
}
