package dev.adamas.it.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command on the module path, as its launcher starts it: the engine is a named module. */
class CommandTest {

  @TempDir Path folder;

  /** Exit code, then what was printed. */
  private record Result(int exit, String text) {}

  private Result run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=dev.adamas.engine,dev.adamas.model",
            "--illegal-native-access=deny",
            "--sun-misc-unsafe-memory-access=deny",
            "-Dguice_custom_class_loading=CHILD",
            "-p",
            modulePath(),
            "-m",
            "dev.adamas.cli/dev.adamas.cli.Main"));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int exit = process.waitFor();
    return new Result(exit, Files.readString(output));
  }

  /** What the launcher's folder of libraries holds: the command's own dependencies. */
  private static String modulePath() {
    List<String> others = List.of("junit", "assertj", "opentest4j", "apiguardian", "byte-buddy");
    return String.join(
        File.pathSeparator,
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("test-classes"))
            .filter(entry -> !entry.contains("surefire"))
            .filter(entry -> others.stream().noneMatch(entry::contains))
            .filter(entry -> !entry.contains("example-plugin"))
            .toList());
  }

  @Test
  void listShowsThePluginsOfAFolder() throws Exception {
    Path plugins = Files.createDirectory(folder.resolve("plugins"));
    PluginJar.place(
        plugins, "alpha.jar", PluginJar.module(PluginSource.of("alpha", "1.0.0", "near")));
    PluginJar.place(plugins, "beta.jar", PluginJar.plain(PluginSource.of("beta", "2.0.0", "far")));
    Files.writeString(plugins.resolve("text.jar"), "no archive");
    var missing = PluginJar.entries(PluginSource.of("gamma", "1.0.0", "lost"), true);
    missing.computeIfPresent("module-info.class", (_, bytes) -> PluginJar.requiring(bytes));
    PluginJar.place(plugins, "missing.jar", PluginJar.jar(missing));
    Result result = run("list", "--plugins", plugins.toString());
    assertThat(result.text())
        .containsPattern("\n  near@1 +alpha 1\\.0\\.0 +Made by alpha 1\\.0\\.0\\.")
        .containsPattern("\n  far@1 +beta 2\\.0\\.0 ")
        .contains("\n  alpha 1.0.0 from " + plugins.resolve("alpha.jar") + "\n")
        .contains("\nRefused: Plugin " + plugins.resolve("text.jar") + " was refused: ")
        .contains(
            "\nRefused: Plugin "
                + plugins.resolve("missing.jar")
                + " was refused: it cannot be linked: FindException: Module com.example.gone not"
                + " found, required by com.example.gamma; put what is missing ");
    assertThat(result.exit()).isZero();
  }

  @Test
  void listShowsTheBundlesOfAFolder() throws Exception {
    Path bundles = Files.createDirectory(folder.resolve("bundles"));
    PluginJar.place(
        bundles, "alpha.jar", PluginJar.plain(PluginSource.of("alpha", "1.0.0", "near")));
    Result result = run("list", "--bundles", bundles.toString());
    assertThat(result.text())
        .containsPattern("\n  near@1 +alpha 1\\.0\\.0 ")
        .contains("\n  alpha 1.0.0 from bundle com.example.alpha 1.0.0 at file:");
    assertThat(result.exit()).isZero();
  }

  @Test
  void aPolicyOfAFolderAnswersTheDemo() throws Exception {
    Path plugins = Files.createDirectory(folder.resolve("plugins"));
    PluginJar.place(
        plugins, "alpha.jar", PluginJar.module(PluginSource.of("alpha", "1.0.0", "near")));
    Path prompt = Files.writeString(folder.resolve("prompt.txt"), "The old house. ".repeat(90));
    Result result =
        run(
            "run",
            "--plugins",
            plugins.toString(),
            "--policy",
            "near",
            "--model",
            model(),
            "--prompt-file",
            prompt.toString(),
            "--max-tokens",
            "4");
    assertThat(result.exit()).as(result.text()).isZero();
  }

  private String model() throws IOException {
    Path file = folder.resolve("model.gguf");
    String name = "/dev/adamas/model/adamas-tiny-32k.q8_0.gguf";
    try (var in = dev.adamas.model.Model.class.getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return file.toString();
  }

  @Test
  void aFolderThatDoesNotExistIsWrongUsage() throws Exception {
    Path gone = folder.resolve("gone");
    assertThat(run("list", "--plugins", gone.toString()))
        .satisfies(
            r -> {
              assertThat(r.exit()).isEqualTo(2);
              assertThat(r.text()).contains("The folder of plugins " + gone + " does not exist");
            });
    assertThat(run("list", "--bundles", gone.toString()).exit()).isEqualTo(2);
  }
}
