package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InfoCommandTest {

  @Test
  void describesAModel() {
    var console = new Captured("");
    assertThat(console.run("info", "--model", EmbeddedFile.PATH.toString())).isZero();
    assertThat(console.out())
        .containsPattern("(?m)^Architecture +llama$")
        .containsPattern(
            "(?m)^Shape +8 layers, width 256, 4 query heads, 2 KV heads, head dimension 64,"
                + " feed-forward 704$")
        .containsPattern("(?m)^Context +32768 tokens$")
        .containsPattern("(?m)^Tokenizer +byte-level BPE \\(smollm\\), 4096 tokens, ")
        .containsPattern("(?m)^Tensors +57 Q8_0 \\(7\\.4 MB\\), 17 F32 ")
        .containsPattern("(?m)^KV cache +4096 bytes per token in f16 \\(134\\.2 MB for the whole");
  }

  @Test
  void refusesWhatIsNoModel() {
    var console = new Captured("");
    assertThat(console.run("info", "--model", "missing.gguf")).isEqualTo(1);
    assertThat(console.err()).isEqualTo("adamas: missing.gguf does not exist; check the path.\n");
  }
}
