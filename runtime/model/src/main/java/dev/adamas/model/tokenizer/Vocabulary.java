package dev.adamas.model.tokenizer;

import dev.adamas.model.gguf.GgufArray;
import dev.adamas.model.gguf.GgufException;
import dev.adamas.model.gguf.GgufMetadata;
import dev.adamas.model.gguf.GgufStrings;
import dev.adamas.model.gguf.GgufType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The tokens of a file: text, type, and which of them begin and end things.
 *
 * <p>The table also takes symbols that are no tokens (see {@link BpeEncoder}); tokens are the
 * numbers below {@link #size()}.
 */
final class Vocabulary {
  private static final String PREFIX = "tokenizer.ggml.";

  /** Far above the largest real vocabularies (some 260,000 tokens, some 2 MB of text). */
  private static final int MAX_TOKENS = 1 << 22;

  private static final int MAX_TOKEN_BYTES = 1 << 14;
  static final int MAX_TEXT_BYTES = 1 << 26;

  /**
   * Tokens that end a text or a turn, by the names that model families give them. Files often name
   * only one of them, or give them a wrong type.
   */
  private static final List<String> END_NAMES =
      List.of(
          "<|eot_id|>",
          "<|im_end|>",
          "<|end|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "<｜end▁of▁sentence｜>",
          "<end_of_utterance>",
          "<|return|>",
          "<|call|>",
          "<|flush|>",
          "<|calls|>",
          "</s>",
          "<|eom_id|>",
          "[EOS]",
          "<eos>");

  /**
   * Tokens around the parts of code to be filled in. Files seldom name them and often take them for
   * text; a model that writes one of the last three is done, too.
   */
  private static final List<FillInToken> FILL_IN =
      List.of(
          new FillInToken(
              List.of("fim_pre_token_id", "prefix_token_id"),
              false,
              List.of(
                  "<|fim_prefix|>",
                  "<fim-prefix>",
                  "<fim_prefix>",
                  "<｜fim▁begin｜>",
                  "<PRE>",
                  "▁<PRE>",
                  "<|code_prefix|>",
                  "<|prefix|>")),
          new FillInToken(
              List.of("fim_suf_token_id", "suffix_token_id"),
              false,
              List.of(
                  "<|fim_suffix|>",
                  "<fim-suffix>",
                  "<fim_suffix>",
                  "<｜fim▁hole｜>",
                  "<SUF>",
                  "▁<SUF>",
                  "<|code_suffix|>",
                  "<|suffix|>")),
          new FillInToken(
              List.of("fim_mid_token_id", "middle_token_id"),
              false,
              List.of(
                  "<|fim_middle|>",
                  "<fim-middle>",
                  "<fim_middle>",
                  "<｜fim▁end｜>",
                  "<MID>",
                  "▁<MID>",
                  "<|code_middle|>",
                  "<|middle|>")),
          new FillInToken(
              List.of("fim_pad_token_id"),
              true,
              List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]")),
          new FillInToken(
              List.of("fim_rep_token_id"),
              true,
              List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>")),
          new FillInToken(List.of("fim_sep_token_id"), true, List.of("<|file_sep|>")));

  private record FillInToken(List<String> keys, boolean ends, List<String> names) {}

  private final GgufMetadata metadata;
  private final ByteStringTable texts = new ByteStringTable();
  private final int size;
  private final TokenType[] types;
  private final BitSet ends = new BitSet();

  Vocabulary(GgufMetadata metadata) {
    this.metadata = metadata;
    GgufArray tokens = array("tokens", GgufType.STRING);
    this.size = tokens.size();
    this.types = new TokenType[size];
    readTexts(tokens);
    readTypes();
    findEnds();
  }

  private void readTexts(GgufArray tokens) {
    GgufStrings strings = tokens.strings();
    long bytes = 0;
    for (int i = 0; i < size; i++) {
      byte[] text = strings.nextBytes();
      bytes += text.length;
      if (text.length > MAX_TOKEN_BYTES || bytes > MAX_TEXT_BYTES) {
        throw damaged(
            "token %d is %d bytes long, which makes the vocabulary longer than a real one"
                .formatted(i, text.length));
      }
      // A token without text is a hole in the vocabulary: no text may lead to it.
      if (text.length == 0) {
        texts.addHidden(text);
      } else {
        texts.add(text);
      }
    }
  }

  private void readTypes() {
    if (metadata.type(PREFIX + "token_type").isEmpty()) {
      Arrays.fill(types, TokenType.NORMAL);
      return;
    }
    GgufArray numbers = array("token_type", GgufType.INT32);
    checkAtLeast("token_type", numbers, size);
    int[] values = numbers.integers();
    for (int i = 0; i < size; i++) {
      types[i] = TokenType.of(values[i]);
    }
  }

  private void findEnds() {
    for (FillInToken fillIn : FILL_IN) {
      OptionalInt token = named(fillIn);
      if (token.isPresent() && fillIn.ends) {
        ends.set(token.getAsInt());
      }
    }
    for (String name : END_NAMES) {
      control(name).ifPresent(ends::set);
    }
    for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
      special(key).ifPresent(ends::set);
    }
  }

  private OptionalInt named(FillInToken fillIn) {
    return Stream.concat(
            fillIn.keys.stream().map(this::special), fillIn.names.stream().map(this::control))
        .filter(OptionalInt::isPresent)
        .findFirst()
        .orElse(OptionalInt.empty());
  }

  /** The token of that name, which becomes a control token whatever the file says. */
  private OptionalInt control(String name) {
    int token = find(name);
    if (token < 0) {
      return OptionalInt.empty();
    }
    types[token] = TokenType.CONTROL;
    return OptionalInt.of(token);
  }

  /** The token of that text, or -1. */
  private int find(String text) {
    return texts.find(text.getBytes(StandardCharsets.UTF_8));
  }

  int size() {
    return size;
  }

  /** The texts by token, and the tokens by text. */
  ByteStringTable texts() {
    return texts;
  }

  TokenType type(int token) {
    return types[token];
  }

  /** The tokens that end a generation. */
  BitSet ends() {
    return ends;
  }

  /** The token that a key of the metadata names. */
  OptionalInt special(String key) {
    OptionalLong id = metadata.integer(PREFIX + key);
    // Converters write -1 (or its 32 bits) for "there is none".
    if (id.isEmpty() || id.getAsLong() == -1 || id.getAsLong() == 0xffff_ffffL) {
      return OptionalInt.empty();
    }
    if (id.getAsLong() < 0 || id.getAsLong() >= size) {
      throw damaged(
          "metadata key '%s%s' is token %d, outside the vocabulary of %d tokens"
              .formatted(PREFIX, key, id.getAsLong(), size));
    }
    return OptionalInt.of((int) id.getAsLong());
  }

  /** The token that a key names, or a default where the file has no such key. */
  OptionalInt special(String key, int byDefault) {
    return metadata.type(PREFIX + key).isEmpty() && byDefault < size
        ? OptionalInt.of(byDefault)
        : special(key);
  }

  /** An array of the tokenizer's part of the metadata. */
  GgufArray array(String key, GgufType elementType) {
    GgufArray array = metadata.requireArray(PREFIX + key);
    if (array.elementType() != elementType && !bothIntegers(array.elementType(), elementType)) {
      throw damaged(
          "metadata key '%s%s' is an array of %s instead of %s"
              .formatted(PREFIX, key, array.elementType(), elementType));
    }
    if (array.size() == 0 || array.size() > MAX_TOKENS) {
      throw damaged(
          "metadata key '%s%s' has %d elements instead of 1 to %d"
              .formatted(PREFIX, key, array.size(), MAX_TOKENS));
    }
    return array;
  }

  private static boolean bothIntegers(GgufType a, GgufType b) {
    return a == GgufType.UINT32 && b == GgufType.INT32;
  }

  void checkAtLeast(String key, GgufArray array, int needed) {
    if (array.size() < needed) {
      throw damaged(
          "metadata key '%s%s' has %d elements for %d tokens"
              .formatted(PREFIX, key, array.size(), needed));
    }
  }

  GgufException damaged(String what) {
    return new GgufException(
        "%s has no usable vocabulary: %s; convert the model again"
            .formatted(metadata.fileName(), what));
  }
}
