package dev.adamas.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.adamas.model.tokenizer.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever happens to the bytes of a file, reading it works or ends in one GgufException. */
@Timeout(120)
class GgufFuzzTest {
  private static final byte[] BYTE_LEVEL =
      new GgufWriter()
          .string("general.architecture", "llama")
          .alignment(32)
          .string("tokenizer.ggml.model", "gpt2")
          .string("tokenizer.ggml.pre", "llama-bpe")
          .strings("tokenizer.ggml.tokens", List.of("a", "b", "ab", "Ġ", "Ġab", "<|im_end|>"))
          .ints("tokenizer.ggml.token_type", 1, 1, 1, 1, 1, 3)
          .strings("tokenizer.ggml.merges", List.of("a b", "Ġ ab"))
          .uint32("tokenizer.ggml.eos_token_id", 5)
          .bool("tokenizer.ggml.add_bos_token", false)
          .tensor("token_embd.weight", 0, new byte[64], 4, 4)
          .tensor("output_norm.weight", 8, new byte[34], 32)
          .bytes();

  private static final byte[] PIECES =
      new GgufWriter()
          .string("tokenizer.ggml.model", "llama")
          .strings(
              "tokenizer.ggml.tokens", List.of("<unk>", "<s>", "</s>", "<0x61>", "▁", "a", "▁a"))
          .floats("tokenizer.ggml.scores", 0, 0, 0, 0, -1, -2, -3)
          .ints("tokenizer.ggml.token_type", 2, 3, 3, 6, 1, 1, 1)
          .uint32("tokenizer.ggml.bos_token_id", 1)
          .bytes();

  @Test
  void survivesTruncation() {
    int readable = 0;
    for (int length = 0; length < BYTE_LEVEL.length; length++) {
      readable += use(Arrays.copyOf(BYTE_LEVEL, length)) ? 1 : 0;
    }
    // Only what pads the last tensor may be missing.
    assertThat(readable).isEqualTo(30);
    assertThat(use(BYTE_LEVEL)).isTrue();
  }

  @Test
  void survivesEveryChangedByte() {
    int refused = 0;
    for (byte[] file : List.of(BYTE_LEVEL, PIECES)) {
      for (int i = 0; i < file.length; i++) {
        for (int value : new int[] {0, 1, 9, 0x20, 0x7f, 0x80, 0xff, file[i] ^ 1}) {
          byte[] changed = file.clone();
          changed[i] = (byte) value;
          refused += use(changed) ? 0 : 1;
        }
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void survivesRandomDamage() {
    String fixed = System.getProperty("adamas.seed", "");
    long seed = fixed.isBlank() ? System.nanoTime() : Long.parseLong(fixed);
    Random random = new Random(seed);
    for (int round = 0; round < 5_000; round++) {
      byte[] changed = (random.nextBoolean() ? BYTE_LEVEL : PIECES).clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      int at = round;
      assertThatCode(() -> use(changed))
          .as("seed %d, round %d", seed, at)
          .doesNotThrowAnyException();
    }
  }

  /** Reads everything there is; false if the file was refused. */
  private static boolean use(byte[] bytes) {
    try (GgufFile file = GgufFile.of("fuzzed.gguf", MemorySegment.ofArray(bytes))) {
      file.tensors().forEach(GgufFuzzTest::decode);
      Tokenizer tokenizer = Tokenizer.of(file.metadata());
      int[] tokens = tokenizer.encode(" ab ba<|im_end|></s>é 🚀", true, true);
      tokenizer.decode(tokens);
      tokenizer.endOfGeneration().forEach(tokenizer::tokenText);
      return true;
    } catch (GgufException e) {
      assertThat(e.getMessage()).startsWith("fuzzed.gguf").doesNotContain("\n");
      return false;
    }
  }

  private static void decode(GgufTensor tensor) {
    if (tensor.type().decodable()) {
      int values = (int) tensor.values();
      tensor.type().decode(tensor.data(), 0, new float[values], 0, values);
    }
  }
}
