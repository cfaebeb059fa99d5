package dev.adamas.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.gguf.GgufWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Files that are no model this decoder runs: one sentence each, saying what is wrong. */
class DecoderWeightsTest {
  private static final int F32 = 0;

  /** A one-layer model of width 32 whose parts a test may change. */
  private static final class Parts {
    String architecture = "llama";
    final Map<String, Integer> numbers = new HashMap<>();
    final Map<String, String> strings = new HashMap<>();
    final Map<String, long[]> tensors = new HashMap<>();

    Parts() {
      numbers.put("block_count", 1);
      numbers.put("context_length", 128);
      numbers.put("embedding_length", 32);
      numbers.put("feed_forward_length", 48);
      numbers.put("attention.head_count", 4);
      numbers.put("attention.head_count_kv", 2);
      tensors.put("token_embd.weight", new long[] {32, 10});
      tensors.put("output_norm.weight", new long[] {32});
      tensors.put("blk.0.attn_norm.weight", new long[] {32});
      tensors.put("blk.0.attn_q.weight", new long[] {32, 32});
      tensors.put("blk.0.attn_k.weight", new long[] {32, 16});
      tensors.put("blk.0.attn_v.weight", new long[] {32, 16});
      tensors.put("blk.0.attn_output.weight", new long[] {32, 32});
      tensors.put("blk.0.ffn_norm.weight", new long[] {32});
      tensors.put("blk.0.ffn_gate.weight", new long[] {32, 48});
      tensors.put("blk.0.ffn_up.weight", new long[] {32, 48});
      tensors.put("blk.0.ffn_down.weight", new long[] {48, 32});
    }

    DecoderWeights read() {
      GgufWriter writer = new GgufWriter().string("general.architecture", architecture);
      numbers.forEach((key, value) -> writer.uint32(architecture + "." + key, value));
      strings.forEach((key, value) -> writer.string(architecture + "." + key, value));
      writer.raw(
          architecture + ".attention.layer_norm_rms_epsilon",
          6,
          new byte[] {(byte) 0xac, (byte) 0xc5, 0x27, 0x37});
      new TreeMap<>(tensors)
          .forEach(
              (name, shape) -> {
                long values = 1;
                for (long n : shape) {
                  values *= n;
                }
                writer.tensor(name, F32, new byte[(int) (4 * values)], shape);
              });
      return DecoderWeights.read(writer.open());
    }
  }

  private static void refused(Parts parts, String... words) {
    assertThatThrownBy(parts::read)
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("test.gguf")
        .hasMessageContainingAll(words);
  }

  @Test
  void theUnchangedModelIsRead() {
    DecoderConfig config = new Parts().read().config();
    assertThat(config.width()).isEqualTo(32);
    assertThat(config.vocabulary()).isEqualTo(10);
    assertThat(config.shape().headDim()).isEqualTo(8);
    assertThat(config.epsilon()).isEqualTo(1e-5f);
  }

  @Test
  void otherArchitecturesAreNamedWithThoseThatRun() {
    Parts parts = new Parts();
    parts.architecture = "mamba";
    refused(parts, "'mamba'", "llama, qwen2, qwen3");
    Parts experts = new Parts();
    experts.numbers.put("expert_count", 8);
    refused(experts, "8 experts", "dense");
  }

  @Test
  void missingMisshapenAndUnknownTensorsAreNamed() {
    Parts missing = new Parts();
    missing.tensors.remove("blk.0.ffn_up.weight");
    refused(missing, "blk.0.ffn_up.weight");
    Parts shape = new Parts();
    shape.tensors.put("blk.0.attn_k.weight", new long[] {32, 32});
    refused(shape, "blk.0.attn_k.weight", "32 × 32", "32 × 16");
    Parts unknown = new Parts();
    unknown.tensors.put("blk.0.attn_output.bias", new long[] {32});
    refused(unknown, "blk.0.attn_output.bias", "does not know");
    Parts biases = new Parts();
    biases.architecture = "qwen2";
    refused(biases, "blk.0.attn_q.bias");
    Parts norms = new Parts();
    norms.architecture = "qwen3";
    refused(norms, "blk.0.attn_q_norm.weight");
    Parts embedding = new Parts();
    embedding.tensors.remove("token_embd.weight");
    refused(embedding, "token_embd.weight");
  }

  @Test
  void numbersThatMakeNoSenseAreNamed() {
    for (int value : new int[] {0, 1 << 25}) {
      Parts parts = new Parts();
      parts.numbers.put("embedding_length", value);
      refused(parts, "embedding_length", String.valueOf(value));
    }
    Parts heads = new Parts();
    heads.numbers.put("attention.head_count_kv", 3);
    refused(heads, "4 query heads and 3");
    Parts huge = new Parts();
    huge.numbers.put("attention.key_length", 1 << 24);
    refused(huge, "4 heads of 16777216");
    Parts values = new Parts();
    values.numbers.put("attention.value_length", 4);
    refused(values, "keys of 8 and values of 4");
    Parts rotary = new Parts();
    rotary.numbers.put("rope.dimension_count", 7);
    refused(rotary, "rotates 7 of 8");
    Parts scaling = new Parts();
    scaling.strings.put("rope.scaling.type", "longrope");
    refused(scaling, "'longrope'", "none, linear and yarn");
    Parts factors = new Parts();
    factors.tensors.put("rope_freqs.weight", new long[] {4});
    refused(factors, "rope_freqs.weight", "0.0");
  }

  /** Sliding attention is full attention up to its window, and that much is offered. */
  @Test
  void aSlidingWindowLimitsTheContext() {
    Parts parts = new Parts();
    parts.numbers.put("attention.sliding_window", 64);
    assertThat(parts.read().config().context()).isEqualTo(64);
    parts.numbers.put("attention.sliding_window", 4096);
    assertThat(parts.read().config().context()).isEqualTo(128);
  }
}
