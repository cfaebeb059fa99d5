package dev.adamas.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Reference models and outputs that are too large for the repository. They lie in a folder {@code
 * shared} beside it, or where the system property {@code adamas.shared} says; tests that need them
 * are skipped elsewhere.
 */
public final class SharedFiles {
  private SharedFiles() {}

  /** The file of that relative path; the calling test is skipped where it is missing. */
  public static Path require(String relative) {
    Optional<Path> file = folder().map(f -> f.resolve(relative)).filter(Files::exists);
    assumeTrue(
        file.isPresent(),
        () -> "skipped: no shared/" + relative + " beside the repository (or set adamas.shared)");
    return file.orElseThrow();
  }

  /** The JSON file of that relative path; the calling test is skipped where it is missing. */
  @SuppressWarnings("exports") // tests alone see this class, and they read Jackson
  public static JsonNode requireJson(String relative) {
    return new ObjectMapper().readTree(require(relative).toFile());
  }

  private static Optional<Path> folder() {
    String property = System.getProperty("adamas.shared", "");
    if (!property.isBlank()) {
      return Optional.of(Path.of(property));
    }
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path candidate = p.resolveSibling("shared");
      if (Files.isDirectory(candidate.resolve("golden"))) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
