package dev.adamas.cli.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory that the process has in RAM, heap and native memory together. */
final class Resident {

  private static final Path STATUS = Path.of("/proc/self/status");

  private Resident() {}

  /** Bytes; 0 where the system does not tell. */
  static long bytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException _) {
      // Not Linux.
    }
    return 0;
  }
}
