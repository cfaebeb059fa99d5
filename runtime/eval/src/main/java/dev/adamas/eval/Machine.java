package dev.adamas.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The machine in words. */
final class Machine {

  private static final Path CPU = Path.of("/proc/cpuinfo");

  private Machine() {}

  static String describe(int threads) {
    return "%s, %d processors, %d threads, %s %s, Java %s"
        .formatted(
            processor().orElse("unknown processor"),
            Runtime.getRuntime().availableProcessors(),
            threads,
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.version());
  }

  /** As Linux names it. */
  private static Optional<String> processor() {
    if (!Files.isReadable(CPU)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(CPU)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException _) {
      return Optional.empty();
    }
  }
}
