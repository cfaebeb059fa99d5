package dev.adamas.cli;

import java.nio.file.Path;

/** The model that ships with the product, as a file for {@code --model}. */
final class EmbeddedFile {

  static final Path PATH =
      Path.of(
          System.getProperty("basedir", "runtime/cli"),
          "../model/src/main/resources/dev/adamas/model/adamas-tiny-32k.q8_0.gguf");

  private EmbeddedFile() {}
}
