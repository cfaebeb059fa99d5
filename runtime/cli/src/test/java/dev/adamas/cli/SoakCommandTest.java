package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The short form of the run that takes minutes. */
class SoakCommandTest {

  @TempDir private Path folder;

  @Test
  void swapsWhilePluginsComeAndGo() throws IOException {
    Path file = folder.resolve("soak.json");
    var console = new Captured("");
    assertThat(
            console.run(
                "soak",
                "--swaps",
                "36",
                "--context",
                "400",
                "--change-every",
                "6",
                "--json",
                file.toString()))
        .as(console.err())
        .isZero();

    JsonNode report = JsonMapper.builder().build().readTree(Files.readString(file));
    assertThat(report.get("swaps").asLong()).isEqualTo(36);
    assertThat(report.get("completed").asLong() + report.get("refused").asLong()).isEqualTo(36);
    assertThat(report.get("tokens").asLong()).isGreaterThanOrEqualTo(36);
    assertThat(report.get("changes").asLong()).isGreaterThanOrEqualTo(20);
    assertThat(report.get("pluginsLoaded").asLong()).isGreaterThanOrEqualTo(2);
    assertThat(report.get("loadersLeft").asLong()).isZero();
    assertThat(report.get("cacheBytesLeft").asLong()).isZero();
    assertThat(report.get("indexesLeft").asLong()).isZero();
  }

  @Test
  void refusesWhatIsOutOfRange() {
    var console = new Captured("");
    assertThat(console.run("soak", "--swaps", "0")).isEqualTo(2);
    assertThat(console.err()).contains("--swaps takes a number from 1 to 10000000, not 0");
  }
}
