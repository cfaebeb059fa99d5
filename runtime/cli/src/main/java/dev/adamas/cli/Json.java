package dev.adamas.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON in and out: records become objects, in the order of their components. */
final class Json {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  static void write(Path file, Object value) throws IOException {
    try {
      Files.writeString(file, text(value) + "\n");
    } catch (IOException e) {
      throw new IOException("'%s' cannot be written: %s.".formatted(file, e.getMessage()), e);
    }
  }

  /** Refuses a file that could not be written, before the work for it is done. */
  static final class OutputFile implements CommandLine.ITypeConverter<Path> {
    @Override
    public Path convert(String name) {
      Path file = Path.of(name);
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || Files.isDirectory(file)) {
        throw new CommandLine.TypeConversionException("'%s' is a folder".formatted(name));
      }
      if (!Files.isDirectory(folder)) {
        throw new CommandLine.TypeConversionException("there is no folder '%s'".formatted(folder));
      }
      if (!Files.isWritable(Files.exists(file) ? file : folder)) {
        throw new CommandLine.TypeConversionException(
            "'%s' may not be written by this user".formatted(name));
      }
      return file;
    }
  }

  /**
   * Reads a JSON array of strings.
   *
   * @param name what messages call it
   */
  static List<String> strings(String name, String json) throws IOException {
    try {
      JsonNode root = MAPPER.readTree(json);
      if (root.isArray() && root.values().stream().allMatch(JsonNode::isString)) {
        return root.values().stream().map(JsonNode::stringValue).toList();
      }
    } catch (JacksonException e) {
      throw new IOException(
          "'%s' is not JSON: %s".formatted(name, e.getOriginalMessage().strip()), e);
    }
    throw new IOException("'%s' is not a JSON array of strings.".formatted(name));
  }
}
