package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokensCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder;
  private final String model = EmbeddedFile.PATH.toString();

  @Test
  void printsTheTokensOfAText() {
    var console = new Captured("");
    assertThat(console.run("tokens", "--model", model, "--text", "Hello 12")).isZero();
    assertThat(console.out()).isEqualTo("{\"tokens\":[42,496,81,223,19,20]}\n");
  }

  @Test
  void parsesControlTokensOnlyWhenAsked() {
    var literal = new Captured("");
    assertThat(literal.run("tokens", "--model", model, "--text", "<|endoftext|>")).isZero();
    assertThat(JSON.readTree(literal.out()).get("tokens")).hasSizeGreaterThan(3);
    var special = new Captured("");
    assertThat(special.run("tokens", "--model", model, "--special", "--text", "<|endoftext|>"))
        .isZero();
    assertThat(JSON.readTree(special.out()).get("tokens")).hasSize(1);
  }

  @Test
  void readsFilesAndStandardInput() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), "Hello 12");
    var fromFile = new Captured("");
    assertThat(fromFile.run("tokens", "--model", model, "--file", file.toString())).isZero();
    var fromInput = new Captured("Hello 12");
    assertThat(fromInput.run("tokens", "--model", model, "--file", "-")).isZero();
    assertThat(fromFile.out()).isEqualTo("{\"tokens\":[42,496,81,223,19,20]}\n");
    assertThat(fromInput.out()).isEqualTo(fromFile.out());
  }

  @Test
  void writesJsonForSeveralTexts() throws IOException {
    Path json = folder.resolve("tokens.json");
    var console = new Captured("[\"Hello 12\",\"\",\"é\"]");
    assertThat(
            console.run("tokens", "--model", model, "--json-texts", "-", "--json", json.toString()))
        .isZero();
    assertThat(console.out()).isEmpty();
    assertThat(Files.readString(json))
        .isEqualTo("{\"tokens\":[[42,496,81,223,19,20],[],[1406]]}\n");
  }

  @Test
  void refusesWhatIsNoText() throws IOException {
    var notJson = new Captured("[1]");
    assertThat(notJson.run("tokens", "--model", model, "--json-texts", "-")).isEqualTo(1);
    assertThat(notJson.err()).isEqualTo("adamas: '-' is not a JSON array of strings.\n");
    Path latin1 = Files.write(folder.resolve("latin1"), new byte[] {'a', (byte) 0xe4, 'b'});
    var notUtf8 = new Captured("");
    assertThat(notUtf8.run("tokens", "--model", model, "--file", latin1.toString())).isEqualTo(1);
    assertThat(notUtf8.err())
        .isEqualTo("adamas: '%s' is not UTF-8 text; convert it first.\n".formatted(latin1));
  }

  @Test
  void agreesWithLlamaCpp() throws IOException {
    Path cases = SharedFiles.require("golden/tokenizer-cases.json");
    JsonNode expected =
        JSON.readTree(Files.readString(SharedFiles.require("golden/tokenizers.json")));
    for (String name :
        new String[] {"adamas-tiny-32k.q8_0.gguf", "random/random-llama2-spm.gguf"}) {
      var console = new Captured("");
      String file = SharedFiles.require("models/" + name).toString();
      assertThat(console.run("tokens", "--model", file, "--json-texts", cases.toString())).isZero();
      assertThat(JSON.readTree(console.out()).get("tokens"))
          .as(name)
          .isEqualTo(expected.get(Path.of(name).getFileName().toString()));
    }
  }
}
