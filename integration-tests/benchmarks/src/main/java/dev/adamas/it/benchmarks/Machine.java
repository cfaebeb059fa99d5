package dev.adamas.it.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The line that says where figures were taken. */
final class Machine {

  private Machine() {}

  static String describe() {
    return "%s, %d processors, Java %s, %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            Runtime.version(),
            System.getProperty("os.name"));
  }

  private static String processor() {
    Path info = Path.of("/proc/cpuinfo");
    try {
      String text = Files.isReadable(info) ? Files.readString(info) : "";
      String vectors =
          text.contains("avx512f") ? " (AVX-512)" : text.contains("avx2") ? " (AVX2)" : "";
      return field(text, "model name")
          + " family "
          + field(text, "cpu family")
          + " model "
          + field(text, "model")
          + vectors;
    } catch (IOException _) {
      return System.getProperty("os.arch");
    }
  }

  private static String field(String text, String name) {
    return text.lines()
        .filter(
            line -> line.startsWith(name) && line.substring(name.length()).strip().startsWith(":"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("?");
  }
}
