package dev.adamas.eval.task;

import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.tokenizer.Tokenizer;
import java.nio.file.Path;

/** The tokenizer of the model that ships with the product. */
final class EmbeddedTokenizer {

  private EmbeddedTokenizer() {}

  static Tokenizer load() {
    Path path =
        Path.of(
            System.getProperty("basedir", "runtime/eval"),
            "../model/src/main/resources/dev/adamas/model/adamas-tiny-32k.q8_0.gguf");
    try (GgufFile file = GgufFile.open(path)) {
      return Tokenizer.of(file.metadata());
    }
  }
}
