package dev.adamas.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.gguf.GgufException;
import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.gguf.GgufWriter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenizerTest {
  private static Tokenizer tiny;

  @BeforeAll
  static void loadTheEmbeddedModel() throws IOException {
    try (InputStream in =
        TokenizerTest.class.getResourceAsStream("/dev/adamas/model/adamas-tiny-32k.q8_0.gguf")) {
      assertThat(in).isNotNull();
      tiny =
          Tokenizer.of(
              GgufFile.of("adamas-tiny-32k", MemorySegment.ofArray(in.readAllBytes())).metadata());
    }
  }

  /** The expected tokens are those of llama.cpp. */
  @Test
  void embeddedModel() {
    assertThat(tiny.vocabularySize()).isEqualTo(4096);
    assertThat(tiny.encode("")).isEmpty();
    assertThat(tiny.encode("hello world")).containsExactly(260, 296, 81, 913);
    assertThat(tiny.encode(" hello  world ")).containsExactly(291, 296, 81, 223, 913, 223);
    assertThat(tiny.encode("Hello, World!")).containsExactly(42, 496, 81, 14, 453, 289, 315, 3);
    assertThat(tiny.encode("33")).containsExactly(21, 21);
    assertThat(tiny.encode(" \n \n")).containsExactly(223, 201, 223, 201);
    assertThat(tiny.tokenText(913)).isEqualTo("Ġworld");
    assertThat(tiny.endToken()).hasValue(0);
    assertThat(tiny.endOfGeneration()).containsExactlyInAnyOrder(0, 2);
    assertThat(tiny.endsGeneration(2)).isTrue();
    assertThat(tiny.endsGeneration(3)).isFalse();
    assertThat(tiny.addsBegin()).isFalse();
    assertThat(tiny.description()).isEqualTo("byte-level BPE (smollm)");
    assertThat(tiny.tokenType(2)).isEqualTo(TokenType.CONTROL);
  }

  @Test
  void controlTokensAreParsedOnRequestOnly() {
    assertThat(tiny.encode("a<|im_end|>b", false, true)).containsExactly(67, 2, 68);
    assertThat(tiny.encode("a<|im_end|>b")).doesNotContain(2).hasSizeGreaterThan(3);
    assertThat(tiny.decode(67, 2, 68)).isEqualTo("ab");
    assertThat(tiny.encode("<|im_start|><|im_start|>", false, true)).containsExactly(1, 1);
  }

  @Test
  void decodesWhatItEncodes() {
    String fixed = System.getProperty("adamas.seed", "");
    long seed = fixed.isBlank() ? System.nanoTime() : Long.parseLong(fixed);
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      String text = randomText(random);
      int[] tokens = tiny.encode(text);
      assertThat(tiny.decode(tokens)).as("seed %d, round %d", seed, round).isEqualTo(text);
      StreamingDetokenizer stream = tiny.detokenizer(true);
      StringBuilder streamed = new StringBuilder();
      for (int token : tokens) {
        String part = stream.append(token);
        assertThat(part).doesNotContain("\ufffd");
        assertThat(part.isEmpty() || !Character.isHighSurrogate(part.charAt(part.length() - 1)))
            .isTrue();
        streamed.append(part);
      }
      assertThat(streamed.append(stream.flush()).toString()).isEqualTo(text);
    }
  }

  private static String randomText(Random random) {
    int[] bounds = {0x20, 0x7f, 0x300, 0x3000, 0xa000, 0x10000, 0x20000};
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(30); n > 0; n--) {
      int c = random.nextInt(bounds[random.nextInt(bounds.length)]);
      text.appendCodePoint((c >= 0xd800 && c < 0xe000) || c == 0xfffd ? ' ' : c);
    }
    return text.toString();
  }

  @Test
  void streamsCharactersWhole() {
    int[] tokens = tiny.encode("🚀");
    assertThat(tokens).hasSizeGreaterThan(1);
    StreamingDetokenizer stream = tiny.detokenizer(true);
    for (int i = 0; i + 1 < tokens.length; i++) {
      assertThat(stream.append(tokens[i])).isEmpty();
    }
    assertThat(stream.append(tokens[tokens.length - 1])).isEqualTo("🚀");
    assertThat(stream.flush()).isEmpty();

    StreamingDetokenizer cut = tiny.detokenizer(true);
    assertThat(cut.append(tokens[0])).isEmpty();
    assertThat(cut.append(67)).isEqualTo("\ufffda");
    assertThat(cut.append(tokens[0])).isEmpty();
    assertThat(cut.flush()).isEqualTo("\ufffd");
    assertThat(cut.flush()).isEmpty();
    assertThatThrownBy(() -> cut.append(4096)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> tiny.decode(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void loneSurrogatesBecomeReplacementCharacters() {
    assertThat(tiny.encode("a\ud800b\udc00")).isEqualTo(tiny.encode("a\ufffdb\ufffd"));
  }

  /** A quadratic method would run into the time limit of the class by far. */
  @Test
  void takesLongTextsOfAnyShape() {
    int length = 1 << 18;
    for (String unit : List.of(" ", "a", "\n ", "1", "'", "<|im_end|>", "🚀")) {
      String text = unit.repeat(length / unit.length());
      for (Tokenizer tokenizer : List.of(tiny, pieces(true))) {
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
      }
    }
  }

  private static Tokenizer pieces(boolean spacePrefix) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    List<Float> scores = new ArrayList<>(List.of(0f, 0f, 0f));
    List<Integer> types = new ArrayList<>(List.of(2, 3, 3));
    for (int b = 0; b < 256; b++) {
      tokens.add("<0x%02X>".formatted(b));
      scores.add(0f);
      types.add(6);
    }
    List<String> texts = List.of("▁", "a", "b", "c", "ab", "bc", "▁a", "abc", "aa", "aaaa", "[X]");
    List<Float> ranks = List.of(-9f, -9f, -9f, -9f, -2f, -1f, -3f, -4f, -5f, -5f, 0f);
    tokens.addAll(texts);
    scores.addAll(ranks);
    texts.forEach(t -> types.add(t.equals("[X]") ? 4 : 1));
    float[] scoreArray = new float[scores.size()];
    for (int i = 0; i < scoreArray.length; i++) {
      scoreArray[i] = scores.get(i);
    }
    return Tokenizer.of(
        new GgufWriter()
            .string("tokenizer.ggml.model", "llama")
            .strings("tokenizer.ggml.tokens", tokens)
            .floats("tokenizer.ggml.scores", scoreArray)
            .ints("tokenizer.ggml.token_type", types.stream().mapToInt(i -> i).toArray())
            .uint32("tokenizer.ggml.bos_token_id", 1)
            .uint32("tokenizer.ggml.eos_token_id", 2)
            .uint32("tokenizer.ggml.unknown_token_id", 0)
            .bool("tokenizer.ggml.add_space_prefix", spacePrefix)
            .open()
            .metadata());
  }

  @Test
  void sentencePieceJoinsByScore() {
    Tokenizer pieces = pieces(false);
    // bc (-1) before ab (-2), then a and bc (-4) to abc.
    assertThat(texts(pieces, pieces.encode("abc"))).containsExactly("abc");
    assertThat(texts(pieces, pieces.encode("abbc"))).containsExactly("ab", "bc");
    assertThat(texts(pieces, pieces.encode("c a"))).containsExactly("c", "▁a");
    // Of equal scores the leftmost goes first.
    assertThat(texts(pieces, pieces.encode("aaaaa"))).containsExactly("aaaa", "a");
    assertThat(texts(pieces, pieces.encode("é"))).containsExactly("<0xC3>", "<0xA9>");
    assertThat(pieces.decode(pieces.encode("é a"))).isEqualTo("é a");
  }

  @Test
  void sentencePieceAddsBeginAndSpaceAsTheFileSays() {
    Tokenizer with = pieces(true);
    assertThat(texts(with, with.encode("a"))).containsExactly("▁a");
    assertThat(texts(with, with.encode("a", true, false))).containsExactly("<s>", "▁a");
    assertThat(with.encode("", true, false)).containsExactly(1);
    assertThat(with.encode("")).isEmpty();
    assertThat(with.decode(with.encode("a", true, false))).isEqualTo("a");
    assertThat(with.detokenizer(true).append(with.encode("a")[0])).isEqualTo(" a");
    Tokenizer without = pieces(false);
    assertThat(texts(without, without.encode("a", true, false))).containsExactly("<s>", "a");
    // Special tokens: a space follows each; user-defined ones are found in every text.
    assertThat(texts(with, with.encode("a</s>a", false, true))).containsExactly("▁a", "</s>", "▁a");
    assertThat(texts(with, with.encode("a[X]a"))).containsExactly("▁a", "[X]", "▁a");
    assertThat(with.endOfGeneration()).containsExactly(2);
  }

  @Test
  void sentencePieceFilesNeedNotNameTheirSpecialTokens() {
    Tokenizer tokenizer =
        Tokenizer.of(
            new GgufWriter()
                .string("tokenizer.ggml.model", "llama")
                .strings("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "<end>", "▁", "a"))
                .ints("tokenizer.ggml.token_type", 2, 3, 3, 1, 1)
                .open()
                .metadata());
    assertThat(tokenizer.encode("ab", true, false)).containsExactly(1, 3, 4, 0);
    assertThat(tokenizer.endOfGeneration()).containsExactly(2);
    assertThat(tokenizer.endToken()).hasValue(2);
  }

  private static List<String> texts(Tokenizer tokenizer, int[] tokens) {
    return Arrays.stream(tokens).mapToObj(tokenizer::tokenText).toList();
  }

  private static GgufWriter byteLevel(String pre) {
    return new GgufWriter()
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", pre)
        .strings(
            "tokenizer.ggml.tokens",
            List.of("a", "b", "c", "ab", "cab", "<|eot_id|>", "Ġ", "bb", "<|end_of_text|>"))
        .ints("tokenizer.ggml.token_type", 1, 1, 1, 1, 1, 3, 1, 4, 3);
  }

  @Test
  void llama3TakesWholeWordsWithoutMerging() {
    GgufWriter llama3 = byteLevel("llama-bpe").strings("tokenizer.ggml.merges", List.of("a b"));
    assertThat(Tokenizer.of(llama3.open().metadata()).encode("cab")).containsExactly(4);
    GgufWriter gpt2 = byteLevel("gpt-2").strings("tokenizer.ggml.merges", List.of("a b"));
    Tokenizer tokenizer = Tokenizer.of(gpt2.open().metadata());
    assertThat(tokenizer.encode("cab")).containsExactly(2, 3);
    assertThat(tokenizer.encode("abba")).containsExactly(0, 7, 0);
    assertThat(tokenizer.endOfGeneration()).containsExactlyInAnyOrder(5, 8);
    assertThat(tokenizer.beginToken()).isEmpty();
  }

  /** A merge may make what is no token, and text may have bytes that no token covers. */
  @Test
  void spellsWhatIsNoToken() {
    GgufWriter writer = byteLevel("qwen2").strings("tokenizer.ggml.merges", List.of("b c", "a bc"));
    Tokenizer tokenizer = Tokenizer.of(writer.open().metadata());
    assertThat(tokenizer.encode("abc")).containsExactly(0, 1, 2);
    assertThat(tokenizer.encode("aéa")).containsExactly(0, 0);
  }

  @Test
  void saysWhatIsWrongWithAVocabulary() {
    assertError(new GgufWriter(), "'tokenizer.ggml.model' (string) is missing");
    assertError(
        new GgufWriter().string("tokenizer.ggml.model", "bert"), "of kind 'bert'", "'gpt2'");
    assertError(
        new GgufWriter().string("tokenizer.ggml.model", "gpt2"), "'tokenizer.ggml.pre' (string)");
    assertError(byteLevel("default"), "the pre-tokenizer 'default'", "gpt-2, smollm, llama-bpe");
    assertError(byteLevel("gpt-2"), "'tokenizer.ggml.merges' (array) is missing");
    assertError(
        byteLevel("gpt-2").strings("tokenizer.ggml.merges", List.of("ab")), "merge 0 is not two");
    assertError(
        byteLevel("gpt-2").ints("tokenizer.ggml.merges", 1), "an array of int32 instead of string");
    assertError(
        byteLevel("gpt-2")
            .strings("tokenizer.ggml.merges", List.of("a b"))
            .uint32("tokenizer.ggml.eos_token_id", 9),
        "token 9, outside the vocabulary of 9 tokens");
    assertError(
        byteLevel("gpt-2")
            .strings("tokenizer.ggml.merges", List.of("a b"))
            .bool("tokenizer.ggml.add_bos_token", true),
        "'tokenizer.ggml.add_bos_token' but does not name it");
    GgufWriter pieces =
        new GgufWriter()
            .string("tokenizer.ggml.model", "llama")
            .strings("tokenizer.ggml.tokens", List.of("a", "b"));
    assertError(pieces.floats("tokenizer.ggml.scores", 1f), "has 1 elements for 2 tokens");
  }

  private static void assertError(GgufWriter writer, String... parts) {
    assertThatThrownBy(() -> Tokenizer.of(writer.open().metadata()))
        .isInstanceOf(GgufException.class)
        .message()
        .contains(parts);
  }
}
