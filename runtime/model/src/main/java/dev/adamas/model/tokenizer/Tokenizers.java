package dev.adamas.model.tokenizer;

import dev.adamas.model.gguf.GgufArray;
import dev.adamas.model.gguf.GgufException;
import dev.adamas.model.gguf.GgufMetadata;
import dev.adamas.model.gguf.GgufStrings;
import dev.adamas.model.gguf.GgufType;
import java.util.Arrays;
import java.util.OptionalInt;

/** Chooses and builds the tokenizer that a file describes. */
final class Tokenizers {
  private Tokenizers() {}

  static Tokenizer of(GgufMetadata metadata) {
    String model = metadata.requireString("tokenizer.ggml.model");
    return switch (model) {
      case "gpt2" -> byteLevelBpe(metadata);
      case "llama" -> sentencePiece(metadata);
      default ->
          throw new GgufException(
              "%s has a tokenizer of kind '%s'; supported are 'gpt2' (byte-level BPE) and 'llama'"
                      .formatted(metadata.fileName(), printable(model))
                  + " (SentencePiece), use a model with one of these");
    };
  }

  private static Tokenizer byteLevelBpe(GgufMetadata metadata) {
    String name = metadata.requireString("tokenizer.ggml.pre");
    PreTokenizer preTokenizer =
        PreTokenizer.of(name)
            .orElseThrow(
                () ->
                    new GgufException(
                        "%s has the pre-tokenizer '%s'; supported are %s, use a model with one of"
                                .formatted(
                                    metadata.fileName(), printable(name), PreTokenizer.fileNames())
                            + " these"));
    Vocabulary vocabulary = new Vocabulary(metadata);
    MergeTable merges = readMerges(vocabulary);
    BpeEncoder encoder =
        new BpeEncoder(vocabulary.texts(), vocabulary.size(), merges, preTokenizer);
    return new VocabularyTokenizer(
        metadata,
        vocabulary,
        encoder,
        vocabulary.special("bos_token_id"),
        vocabulary.special("eos_token_id"),
        preTokenizer == PreTokenizer.LLAMA3);
  }

  /** Merges are lines "left right" in the order of their rank. */
  private static MergeTable readMerges(Vocabulary vocabulary) {
    GgufArray lines = vocabulary.array("merges", GgufType.STRING);
    MergeTable merges = new MergeTable(lines.size());
    ByteStringTable symbols = vocabulary.texts();
    GgufStrings strings = lines.strings();
    long bytes = 0;
    for (int rank = 0; rank < lines.size(); rank++) {
      byte[] line = strings.nextBytes();
      bytes += line.length;
      if (bytes > Vocabulary.MAX_TEXT_BYTES) {
        throw vocabulary.damaged("its merges are longer than real ones");
      }
      int space = 1;
      while (space < line.length && line[space] != ' ') {
        space++;
      }
      if (space + 1 >= line.length) {
        throw vocabulary.damaged(
            "merge %d is not two symbols with a space between".formatted(rank));
      }
      int left = symbol(symbols, line, 0, space);
      int right = symbol(symbols, line, space + 1, line.length);
      System.arraycopy(line, space + 1, line, space, line.length - space - 1);
      merges.add(rank, left, right, symbol(symbols, line, 0, line.length - 1));
    }
    return merges;
  }

  private static int symbol(ByteStringTable symbols, byte[] text, int from, int to) {
    int known = symbols.find(text, from, to);
    return known >= 0 ? known : symbols.add(Arrays.copyOfRange(text, from, to));
  }

  /** Early files do not name the special tokens: they are the first three. */
  private static Tokenizer sentencePiece(GgufMetadata metadata) {
    Vocabulary vocabulary = new Vocabulary(metadata);
    float[] scores = new float[vocabulary.size()];
    if (metadata.type("tokenizer.ggml.scores").isPresent()) {
      GgufArray array = vocabulary.array("scores", GgufType.FLOAT32);
      vocabulary.checkAtLeast("scores", array, scores.length);
      scores = Arrays.copyOf(array.floats(), scores.length);
    }
    SentencePieceEncoder encoder =
        new SentencePieceEncoder(
            vocabulary.texts(),
            scores,
            vocabulary.special("unknown_token_id", 0),
            metadata.bool("tokenizer.ggml.add_space_prefix").orElse(true));
    OptionalInt end = vocabulary.special("eos_token_id", 2);
    end.ifPresent(vocabulary.ends()::set);
    return new VocabularyTokenizer(
        metadata, vocabulary, encoder, vocabulary.special("bos_token_id", 1), end, true);
  }

  private static String printable(String name) {
    String shortened = name.length() > 40 ? name.substring(0, 40) + "…" : name;
    return shortened.replaceAll("[^\\x20-\\x7e…]", "?");
  }
}
