package dev.adamas.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text that the user gives in a file or on standard input. */
final class Texts {

  /** Stands for standard input. */
  static final String STANDARD_INPUT = "-";

  private Texts() {}

  /**
   * Reads a file, or standard input where the name is {@code -}.
   *
   * @throws IOException where there is no such file, or it is not UTF-8
   */
  static String read(Terminal terminal, String file) throws IOException {
    if (file.equals(STANDARD_INPUT)) {
      return decode("Standard input", terminal.in().readAllBytes());
    }
    if (Files.isDirectory(Path.of(file))) {
      throw new IOException("'" + file + "' is a folder; name a file.");
    }
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      return decode("'" + file + "'", in.readAllBytes());
    }
  }

  private static String decode(String name, byte[] bytes) throws IOException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException(name + " is not UTF-8 text; convert it first.", e);
    }
  }
}
