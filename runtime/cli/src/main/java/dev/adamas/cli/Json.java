package dev.adamas.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** JSON in and out: records become objects, in the order of their components. */
final class Json {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  static void write(Path file, Object value) throws IOException {
    Files.writeString(file, text(value) + "\n");
  }

  /** Refuses a file that could not be written, before the work for it is done. */
  static void checkWritable(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new IOException("'%s' is a folder; name a file.".formatted(file));
    }
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
  }

  /** A JSON array of strings. */
  static List<String> strings(Path file) throws IOException {
    try {
      return MAPPER.readValue(Files.readString(file), new TypeReference<List<String>>() {});
    } catch (JacksonException e) {
      throw new IOException(
          "'%s' is not a JSON array of strings: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }
}
