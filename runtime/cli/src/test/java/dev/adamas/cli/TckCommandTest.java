package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TckCommandTest {

  /** The jar, or folder of classes, of our own policies: a plugin like any other. */
  private static String ownPolicies() throws Exception {
    var location =
        Class.forName("dev.adamas.baseline.BaselineProvider")
            .getProtectionDomain()
            .getCodeSource()
            .getLocation();
    return Path.of(location.toURI()).toString();
  }

  @Test
  void checksOneComponentOfAJar() throws Exception {
    var console = new Captured("");
    int code = console.run("tck", "--plugin", ownPolicies(), "--component", "streaming-llm");
    assertThat(console.err()).isEmpty();
    assertThat(console.out())
        .containsPattern("policy streaming-llm@1 +plan-is-pure +passed +\\p{Lu}.*\\.\n")
        .contains(" passed, 0 failed, 0 skipped")
        .doesNotContain("quest");
    assertThat(code).isZero();
  }

  @Test
  void printsJson() throws Exception {
    var console = new Captured("");
    assertThat(
            console.run(
                "tck", "--plugin", ownPolicies(), "--component", "inner-product@1", "--json"))
        .isZero();
    assertThat(console.out())
        .startsWith("[{\"component\":\"distance inner-product@1\"")
        .contains("\"result\":\"passed\"");
  }

  @Test
  void namesTheComponentsThatExist() throws Exception {
    var console = new Captured("");
    assertThat(console.run("tck", "--plugin", ownPolicies(), "--component", "nothing"))
        .isEqualTo(2);
    assertThat(console.err()).contains("policy quest@1").contains("'nothing'");
  }

  @Test
  void saysWhatAJarWithoutProvidersLacks(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("empty");
    Files.createDirectories(file);
    var console = new Captured("");
    assertThat(console.run("tck", "--plugin", file.toString())).isEqualTo(1);
    assertThat(console.err()).contains("was refused: it has neither jars nor classes");
    assertThat(console.run("tck", "--plugin", folder.resolve("missing.jar").toString()))
        .isEqualTo(1);
    assertThat(console.err()).contains("no readable file");
  }
}
