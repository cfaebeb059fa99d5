package dev.adamas.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jars that are compiled here, loaded, checked and let go. */
class JarChecksTest {

  private static final String PROVIDER = "com.example.plugin.PluginProvider\n";

  @TempDir Path folder;

  private static String source(String onPlan) {
    return """
    package com.example.plugin;

    import dev.adamas.api.*;
    import java.util.List;

    public final class PluginProvider implements Provider {
      record Sliding(ComponentSpec spec, int recent) implements AttentionPolicy {
        public LayerPlan plan(int layer, ModelShape shape) {
          %s
          return new LayerPlan.Window(0, recent);
        }
      }

      @Override public int spiVersion() {
        return SPI_VERSION;
      }

      public String name() {
        return "plugin";
      }

      public String version() {
        return "1.0.0";
      }

      public List<PolicyFactory> policies() {
        return List.of(
            new PolicyFactory(
                "sliding",
                1,
                "The most recent tokens.",
                List.of(Parameter.whole("recent", 64, 1, 100000, "Tokens that are seen.")),
                s -> new Sliding(ComponentSpec.of("sliding", 1, s.texts()), s.whole("recent"))));
      }
    }
    """
        .formatted(onPlan);
  }

  private static void tool(String name, List<String> arguments) {
    StringWriter errors = new StringWriter();
    PrintWriter writer = new PrintWriter(errors);
    int code =
        ToolProvider.findFirst(name)
            .orElseThrow()
            .run(writer, writer, arguments.toArray(String[]::new));
    assertThat(code).as("%s: %s", name, errors).isZero();
  }

  /** A plugin's jar, with a module descriptor or without. */
  private Path jar(boolean module, String onPlan) throws IOException {
    return jar(module, onPlan, PROVIDER);
  }

  /**
   * A plugin's jar.
   *
   * @param services what META-INF/services says
   */
  private Path jar(boolean module, String onPlan, String services) throws IOException {
    Path sources = Files.createTempDirectory(folder, "sources");
    Path classes = Files.createTempDirectory(folder, "classes");
    List<String> files = new ArrayList<>();
    files.add(write(sources.resolve("PluginProvider.java"), source(onPlan)));
    if (module) {
      files.add(
          write(
              sources.resolve("module-info.java"),
              """
              module com.example.plugin {
                requires dev.adamas.api;
                provides dev.adamas.api.Provider with com.example.plugin.PluginProvider;
              }
              """));
    }
    write(classes.resolve("META-INF/services/dev.adamas.api.Provider"), services);
    String api =
        Path.of(
                java.net.URI.create(
                    Provider.class.getProtectionDomain().getCodeSource().getLocation().toString()))
            .toString();
    List<String> arguments =
        new ArrayList<>(List.of(module ? "-p" : "-cp", api, "-d", classes.toString()));
    arguments.addAll(files);
    tool("javac", arguments);
    Path jar = Files.createTempDirectory(folder, "jar").resolve("plugin.jar");
    tool("jar", List.of("-c", "-f", jar.toString(), "-C", classes.toString(), "."));
    return jar;
  }

  private static String write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text).toString();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aJarIsCheckedAndBecomesFree(boolean module) throws Exception {
    Path file = jar(module, "");
    try (JarChecks checks = JarChecks.open(file)) {
      List<Tck.Item> items = checks.items();
      assertThat(items.stream().map(Tck.Item::component).distinct())
          .containsExactly("plugin plugin", "policy sliding@1");
      Mutants.allPass(items.stream().map(Tck.Item::check).toList());
    }
    Files.delete(file);
  }

  @Test
  void aClassLoaderThatStaysIsCaught() throws Exception {
    // A shutdown hook is one of the ways in which the JDK keeps a class loader.
    Path file =
        jar(
            false,
            """
            if (layer == 3 && Thread.currentThread().getName().equals("tck"))
              Runtime.getRuntime().addShutdownHook(new Thread(() -> spec.toString()));
            """);
    try (JarChecks checks = JarChecks.open(file)) {
      Mutants.caught(checks.items().stream().map(Tck.Item::check).toList(), "unloads");
    }
  }

  @Test
  void refusesWhatAnEngineRefuses() throws Exception {
    refused(folder.resolve("missing.jar"), "no readable file");
    refused(Files.createTempDirectory(folder, "empty"), "neither jars nor classes");
    refused(
        jar(false, "", "# none\n"),
        "offers no dev.adamas.api.Provider; declare one in its module-info and under META-INF/services");
    // One that can be made does not hide one that cannot.
    refused(
        jar(false, "", PROVIDER + "com.example.plugin.PluginProvider$Sliding\n"),
        "Sliding is not public");
  }

  private static void refused(Path file, String reason) {
    assertThatThrownBy(() -> JarChecks.open(file).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
