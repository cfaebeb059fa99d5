package dev.adamas.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.model.SharedFiles;
import dev.adamas.model.gguf.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The tokens of every reference text are those of llama.cpp. */
class GoldenTokensTest {
  private static final List<String> FOLDERS = List.of("models", "models/variants", "models/random");

  @Test
  void awkwardStrings() {
    JsonNode texts = SharedFiles.requireJson("golden/tokenizer-cases.json");
    JsonNode models = SharedFiles.requireJson("golden/tokenizers.json");
    assertThat(models.size()).isGreaterThan(5);
    for (Map.Entry<String, JsonNode> model : models.properties()) {
      Tokenizer tokenizer = load(model.getKey());
      for (int i = 0; i < texts.size(); i++) {
        String text = texts.get(i).asString();
        assertThat(tokenizer.encode(text))
            .as("%s: %s", model.getKey(), text)
            .isEqualTo(ints(model.getValue().get(i)));
      }
    }
  }

  @Test
  void prompts() throws Exception {
    List<Path> outputs;
    try (Stream<Path> files = Files.list(SharedFiles.require("golden/exact"))) {
      outputs = files.map(p -> p.getFileName()).sorted().toList();
    }
    assertThat(outputs).hasSizeGreaterThan(5);
    JsonNode cases = SharedFiles.requireJson("golden/cases.json");
    for (Path output : outputs) {
      String model = output.toString().replace(".json", "");
      Tokenizer tokenizer = load(modelFile(model));
      int checked = 0;
      for (JsonNode prompt : SharedFiles.requireJson("golden/" + output)) {
        String name = prompt.get("name").asString();
        String text = prompt.has("text") ? prompt.get("text").asString() : textOf(cases, name);
        assertThat(tokenizer.encode(text, true, false))
            .as("%s: %s", model, name)
            .isEqualTo(ints(prompt.get("promptTokens")));
        checked++;
      }
      assertThat(checked).isPositive();
    }
  }

  private static String textOf(JsonNode cases, String name) {
    for (JsonNode node : cases) {
      if (node.get("name").asString().equals(name)) {
        return node.get("text").asString();
      }
    }
    throw new AssertionError("no case " + name);
  }

  private static String modelFile(String model) {
    return switch (model) {
      case "SmolLM2-135M-Instruct" -> model + ".Q4_1.gguf";
      case "adamas-tiny-32k" -> model + ".q8_0.gguf";
      default -> model + ".gguf";
    };
  }

  private static Tokenizer load(String file) {
    Path models = SharedFiles.require("models");
    for (String folder : FOLDERS) {
      Path path = models.resolveSibling(folder).resolve(file);
      if (Files.exists(path)) {
        try (GgufFile gguf = GgufFile.open(path)) {
          return Tokenizer.of(gguf.metadata());
        }
      }
    }
    throw new AssertionError("no model file " + file);
  }

  private static int[] ints(JsonNode array) {
    int[] result = new int[array.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = array.get(i).asInt();
    }
    return result;
  }
}
