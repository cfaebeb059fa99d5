package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder whose disk is full: its files are links to a device that never has space. */
class RunFolderTest {

  private static final Path FULL = Path.of("/dev/full");
  private static final RunInfo INFO =
      new RunInfo("tiny", "m", Collections.emptySortedMap(), "0/1", "here");
  private static final SampleResult RESULT =
      new SampleResult(
          "passkey",
          "full",
          "all",
          512,
          0,
          1,
          "p",
          1,
          3,
          64,
          9,
          2,
          1,
          "m",
          "f",
          Collections.emptySortedMap());

  @TempDir private Path folder;

  @BeforeEach
  void hasTheDevice() {
    assumeTrue(Files.exists(FULL), "a device that is always full");
  }

  @Test
  void saysWhichFileFindsNoSpaceForAResult() throws IOException {
    Path results = Files.createSymbolicLink(folder.resolve("results.jsonl"), FULL);
    try (RunFolder open = RunFolder.open(folder, INFO, true)) {
      assertThatThrownBy(() -> open.append(RESULT))
          .isInstanceOf(EvalException.class)
          .hasMessage(
              "%s cannot be written (No space left on device); free space there and continue with --resume.",
              results);
    }
  }

  @Test
  void beginsNothingThatItCannotDescribe() throws IOException {
    Path part = Files.createSymbolicLink(folder.resolve("run.json.part"), FULL);
    assertThatThrownBy(() -> RunFolder.open(folder, INFO, true))
        .isInstanceOf(EvalException.class)
        .hasMessage(
            "%s cannot be written (No space left on device); free space there and continue with --resume.",
            folder.resolve("run.json"));
    assertThat(Files.isSymbolicLink(part)).isFalse();
    assertThat(folder.resolve("run.json")).doesNotExist();
    RunFolder.open(folder, INFO, true).close();
    assertThat(folder.resolve("run.json")).isNotEmptyFile();
  }
}
