package dev.adamas.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Reference files that lie beside the repository on machines that have them. */
final class SharedFiles {

  private SharedFiles() {}

  /** A file; the test is skipped where it is missing. */
  static Path require(String name) {
    Optional<Path> file = folder().map(folder -> folder.resolve(name)).filter(Files::exists);
    Assumptions.assumeTrue(
        file.isPresent(),
        () -> "the reference file " + name + " is missing; set -Dadamas.shared to its folder");
    return file.orElseThrow();
  }

  private static Optional<Path> folder() {
    String set = System.getProperty("adamas.shared", "");
    if (!set.isEmpty()) {
      return Optional.of(Path.of(set));
    }
    return Stream.iterate(
            Optional.ofNullable(Path.of(System.getProperty("user.dir")).toAbsolutePath()),
            Optional::isPresent,
            folder -> folder.map(Path::getParent))
        .flatMap(Optional::stream)
        .map(folder -> folder.resolve("shared"))
        .filter(folder -> Files.isDirectory(folder.resolve("golden")))
        .findFirst();
  }
}
