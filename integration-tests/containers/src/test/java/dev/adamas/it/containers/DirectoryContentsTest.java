package dev.adamas.it.containers;

import static dev.adamas.it.containers.Host.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Pins;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.PluginDirectory;
import dev.adamas.engine.PluginFeed;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may lie in a folder of plugins. */
class DirectoryContentsTest {

  private static final PluginSource ALPHA = PluginSource.of("alpha", "1.0.0", "near");

  @TempDir Path folder;

  private Container open() {
    return DirectoryContainer.open(folder, DirectoryContainer.QUICK);
  }

  @Test
  void whatIsThereBeforeTheEngineIsThereWhenItStarts() throws IOException {
    PluginJar.place(folder, "alpha.jar", PluginJar.module(ALPHA));
    Files.writeString(folder.resolve("README.txt"), "Not a plugin.");
    Files.createDirectory(folder.resolve("empty"));
    try (Engine engine =
        Engine.create(
            EngineConfig.parse(
                "{threads: 1, policy: near, plugins: {directories: ['" + folder + "']}}"))) {
      assertThat(engine.policy().spec().id()).isEqualTo("near");
      assertThat(engine.catalogue().problems()).isEmpty();
      assertThat(engine.pluginDirectories())
          .extracting(PluginDirectory::path)
          .containsExactly(folder);
    }
  }

  @Test
  void aFolderOfClassesIsAPlugin() throws IOException {
    Path plugin = Files.createDirectory(folder.resolve("alpha"));
    for (Map.Entry<String, byte[]> entry : PluginJar.entries(ALPHA, true).entrySet()) {
      Path file = plugin.resolve(entry.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, entry.getValue());
    }
    try (Container container = open();
        Host host = new Host(container.source())) {
      assertThat(host.problems()).isEmpty();
      host.use("near");
      deleteTree(plugin);
      await("it is gone", () -> !host.has("near"));
      Host.awaitCollected(container);
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aFolderOfJarsIsOnePlugin() throws IOException {
    Map<String, byte[]> library =
        PluginJar.compile(
            Map.of(
                "com/example/library/Sentence.java",
                "package com.example.library; public final class Sentence {"
                    + " public static String text() { return \"From the library.\"; } }"),
            false);
    Map<String, byte[]> plugin =
        PluginJar.compile(
            Map.of(
                "com/example/library/Sentence.java",
                "package com.example.library; public final class Sentence {"
                    + " public static String text() { return \"\"; } }",
                ALPHA.provider().replace('.', '/') + ".java",
                ALPHA
                    .constructor(
                        "if (!com.example.library.Sentence.text().startsWith(\"From\")) throw new IllegalStateException();")
                    .text()),
            false);
    plugin.remove("com/example/library/Sentence.class");
    plugin.put(
        "META-INF/services/dev.adamas.api.Provider",
        ALPHA.provider().getBytes(StandardCharsets.UTF_8));
    Path both = Files.createDirectory(folder.resolve("alpha"));
    Files.write(both.resolve("library-1.0.jar"), PluginJar.jar(library));
    try (Container container = open();
        Host host = new Host(container.source())) {
      assertThat(host.problems()).singleElement().asString().contains("offers no dev.adamas.api");
      Files.write(both.resolve("alpha.jar"), PluginJar.jar(plugin));
      await("the second jar completes it", () -> host.has("near"));
      assertThat(host.problems()).isEmpty();
      host.use("near");
    }
  }

  /** A host that finds plugins in its own way has them loaded in this one. */
  @Test
  void aSingleJarIsLoadedForAContainerOfTheHosts() throws Exception {
    Path jar = PluginJar.place(folder, "alpha.jar", PluginJar.plain(ALPHA));
    PluginFeed feed = new PluginFeed();
    try (Host host = new Host(feed)) {
      Path copy = put(feed, jar);
      Files.delete(jar);
      host.use("near");
      feed.remove("mine", Duration.ofSeconds(5));
      assertThat(host.has("near")).isFalse();
      assertThat(copy.getParent().getParent()).doesNotExist();
      await(
          "its class loader is collected",
          () -> {
            System.gc();
            return feed.departures().getFirst().state() == PluginDeparture.State.COLLECTED;
          });
    }
    Path other = PluginJar.place(folder, "alpha.jar", PluginJar.plain(ALPHA));
    assertThatThrownBy(
            () -> PluginDirectory.load(other, DirectoryContainer.QUICK.pins(Pins.of(Set.of()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Plugin " + other + " was refused: it is not pinned");
  }

  /** Loads a jar and says where its copy is. */
  private static Path put(PluginFeed feed, Path jar) throws Exception {
    PluginFeed.Loaded plugin = PluginDirectory.load(jar, DirectoryContainer.QUICK);
    feed.put("mine", plugin, Duration.ZERO);
    Class<?> provider = plugin.providers().getFirst().getClass();
    Path copy = Path.of(provider.getProtectionDomain().getCodeSource().getLocation().toURI());
    assertThat(copy).isRegularFile().isNotEqualTo(jar);
    return copy;
  }

  @Test
  void aHalfWrittenJarIsLeftAloneUntilItIsWhole() throws IOException {
    byte[] jar = PluginJar.module(ALPHA);
    try (Container container = open();
        Host host = new Host(container.source());
        OutputStream out = Files.newOutputStream(folder.resolve("alpha.jar"))) {
      // Slower than the folder is looked at, but never still for long enough to be read.
      for (int from = 0; from < jar.length; from += jar.length / 10) {
        out.write(jar, from, Math.min(jar.length / 10, jar.length - from));
        pause(40);
        assertThat(host.problems()).isEmpty();
      }
      await("the whole one is there", () -> host.has("near"));
      assertThat(host.problems()).isEmpty();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aJarThatStaysHalfIsRefusedAndWhatRanBeforeStays() throws IOException {
    byte[] jar = PluginJar.module(ALPHA);
    byte[] next = PluginJar.module(PluginSource.of("alpha", "1.1.0", "near"));
    try (Container container = open();
        Host host = new Host(container.source())) {
      container.put("alpha.jar", jar);
      await("it is there", () -> host.has("near"));
      container.put("alpha.jar", Arrays.copyOf(next, next.length / 2));
      await("half of it is refused", () -> !host.problems().isEmpty());
      assertThat(host.problems())
          .singleElement()
          .asString()
          .startsWith(
              "Plugin " + folder.resolve("alpha.jar") + " was refused: it is no complete jar")
          .endsWith("copy it again. What was loaded from it before stays.");
      host.use("near");
      container.put("alpha.jar", next);
      await("the whole one is there", () -> host.pluginOf("near").equals("alpha 1.1.0"));
      assertThat(host.problems()).isEmpty();
      host.use("near");
    }
  }

  @Test
  void everythingThatIsWrongIsOneSentence() throws IOException {
    Map<String, byte[]> noProvider = PluginJar.entries(ALPHA, false);
    noProvider.remove("META-INF/services/dev.adamas.api.Provider");
    Map<String, byte[]> newer = PluginJar.entries(ALPHA, false);
    byte[] provider = newer.get("com/example/alpha/WindowProvider.class").clone();
    provider[7] = (byte) 200; // major version of the class file
    newer.put("com/example/alpha/WindowProvider.class", provider);
    Map<String, byte[]> withApi = PluginJar.entries(ALPHA, false);
    withApi.put("dev/adamas/api/Budget.class", new byte[] {1});
    Map<String, byte[]> unlinked = PluginJar.entries(ALPHA, false);
    unlinked.keySet().removeIf(name -> name.contains("$"));

    Map<String, byte[]> jars =
        Map.of(
            "text.jar", "no archive".getBytes(StandardCharsets.UTF_8),
            "empty.jar", new byte[0],
            "no-provider.jar", PluginJar.jar(noProvider),
            "newer.jar", PluginJar.jar(newer),
            "with-api.jar", PluginJar.jar(withApi));
    for (Map.Entry<String, byte[]> jar : jars.entrySet()) {
      PluginJar.place(folder, jar.getKey(), jar.getValue());
    }
    PluginJar.place(folder, "zeta.jar", PluginJar.module(PluginSource.of("zeta", "1.0", "far")));
    try (Container container = open();
        Host host = new Host(container.source())) {
      host.use("far");
      assertThat(host.problems())
          .allSatisfy(p -> assertThat(p).endsWith(".").doesNotContain("\n"))
          .anySatisfy(p -> assertThat(p).contains("text.jar was refused: it is no complete jar"))
          .anySatisfy(p -> assertThat(p).contains("empty.jar was refused: it is no complete jar"))
          .anySatisfy(
              p -> assertThat(p).contains("no-provider.jar was refused: it offers no dev.adamas"))
          .anySatisfy(p -> assertThat(p).contains("newer.jar", "UnsupportedClassVersionError"))
          .anySatisfy(
              p -> assertThat(p).contains("with-api.jar was refused: it contains the package"))
          .hasSize(jars.size());
      // Java links a class when it is used first.
      PluginJar.place(folder, "unlinked.jar", PluginJar.jar(unlinked));
      await("the policy is offered", () -> host.has("near"));
      assertThatThrownBy(() -> host.engine.policy("near"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Plugin alpha 1.0.0 failed to make policy near@1: ClassNotFoundException:"
                  + " com.example.alpha.WindowProvider$Own; report it to its author.");
    }
  }

  @Test
  void nativeCodeIsForThoseThatConfigurationNames() throws IOException {
    String call =
        "java.lang.foreign.MemorySegment.ofAddress(16).reinterpret(8);"; // restricted, harmless
    PluginJar.place(
        folder,
        "alpha.jar",
        PluginJar.module(PluginSource.of("alpha", "1.0.0", "near").planning(call)));
    PluginJar.place(
        folder,
        "beta.jar",
        PluginJar.module(PluginSource.of("beta", "1.0.0", "far").planning(call)));
    try (Container container =
            DirectoryContainer.open(
                folder, DirectoryContainer.QUICK.nativeAccess(Set.of("com.example.alpha")));
        Host host = new Host(container.source())) {
      host.use("near");
      assertThatThrownBy(() -> host.open("far"))
          .isInstanceOf(IllegalCallerException.class)
          .hasMessageContaining("com.example.beta");
    }
  }

  @Test
  void pinsMayNameFiles() throws IOException {
    byte[] jar = PluginJar.module(ALPHA);
    PluginJar.place(folder, "alpha.jar", jar);
    PluginJar.place(folder, "renamed.jar", jar);
    Files.write(Files.createDirectory(folder.resolve("inside")).resolve("a.jar"), jar);
    Pins pins = Pins.ofFiles(Map.of("alpha.jar", PluginJar.sha256(jar)));
    try (Container container =
            DirectoryContainer.open(folder, DirectoryContainer.QUICK.pins(pins));
        Host host = new Host(container.source())) {
      host.use("near");
      assertThat(host.problems())
          .containsExactly(
              "Plugin %s was refused: it is not pinned: the SHA-256 of inside/a.jar is %s; add it to plugins.pins if you trust it."
                  .formatted(folder.resolve("inside"), PluginJar.sha256(jar)),
              "Plugin %s was refused: it is not pinned: the SHA-256 of renamed.jar is %s; add it to plugins.pins if you trust it."
                  .formatted(folder.resolve("renamed.jar"), PluginJar.sha256(jar)));
    }
  }

  @Test
  void aFolderThatDoesNotExistIsAnErrorOfTheConfiguration() {
    Path gone = folder.resolve("gone");
    assertThatThrownBy(
            () -> Engine.create(EngineConfig.parse("{plugins: {directories: ['" + gone + "']}}")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The folder of plugins " + gone + " does not exist; create it or name another.");
  }

  @Test
  void nothingIsLeftInTheFolderOfTemporaryFiles() throws IOException {
    List<Path> before = copies();
    PluginJar.place(folder, "alpha.jar", PluginJar.module(ALPHA));
    try (Container container = open();
        Host host = new Host(container.source())) {
      host.use("near");
    }
    assertThat(copies()).containsExactlyInAnyOrderElementsOf(before);
  }

  private static List<Path> copies() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("adamas-plugins")).toList();
    }
  }
}
