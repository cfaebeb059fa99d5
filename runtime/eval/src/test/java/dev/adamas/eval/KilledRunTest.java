package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledRunTest {

  private static final int PATIENCE_SECONDS = 120;

  @TempDir private Path temp;

  @Test
  void continuesWhateverTheKillLeft() throws IOException, InterruptedException {
    Path killed = temp.resolve("killed");
    Path results = killed.resolve(RunFolder.RESULTS);
    var random = new Random();
    // Once after some results, once after more.
    for (int least : new int[] {2, 12}) {
      Process process = start(killed);
      try {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (process.isAlive() && lines(results) < least && System.nanoTime() < deadline) {
          Thread.sleep(5);
        }
        Thread.sleep(random.nextInt(150));
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(lines(results)).as(output(killed)).isGreaterThanOrEqualTo(least);
    }
    Runs.run(Runs.plan(), 2, killed, Shard.whole(), true, Runs.QUIET);
    Path undisturbed = temp.resolve("undisturbed");
    Runs.run(Runs.plan(), 2, undisturbed, Shard.whole(), false, Runs.QUIET);
    assertThat(Runs.results(killed)).isEqualTo(Runs.results(undisturbed));
  }

  private static long lines(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    byte[] bytes = Files.readAllBytes(file);
    long lines = 0;
    for (byte b : bytes) {
      lines += b == '\n' ? 1 : 0;
    }
    return lines;
  }

  private Process start(Path out) throws IOException {
    String path =
        Stream.of(
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""),
                Path.of(System.getProperty("basedir", ""), "target", "test-classes").toString())
            .filter(part -> !part.isEmpty())
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=deny",
            "-Dguice_custom_class_loading=CHILD",
            "-cp",
            path,
            RunProcess.class.getName(),
            out.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output(out, "log").toFile())
        .start();
  }

  private Path output(Path out, String ending) {
    return out.resolveSibling(out.getFileName() + "." + ending);
  }

  private String output(Path out) throws IOException {
    return Files.readString(output(out, "log"));
  }
}
