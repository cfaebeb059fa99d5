package dev.adamas.conformance;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** Compiles a small plugin and packs it as a jar, with whatever is wrong about it. */
final class JarBuilder {

  private final Map<String, String> sources = new TreeMap<>();
  private final Map<String, String> services = new TreeMap<>();
  private final Map<String, String> headers = new TreeMap<>();
  private final List<String> stubs = new ArrayList<>();

  /** A plugin with a policy, a backend-to-be and everything as it should be. */
  static JarBuilder good() {
    return new JarBuilder()
        .source(
            "module-info",
            """
            module com.example.good {
              requires dev.adamas.api;
              provides dev.adamas.api.Provider with com.example.good.GoodProvider;
            }
            """)
        .source(
            "com.example.good.GoodProvider",
            """
            package com.example.good;
            import dev.adamas.api.*;
            import java.util.List;
            public final class GoodProvider implements Provider {
              @Override public int spiVersion() { return SPI_VERSION; }
              @Override public String name() { return "good"; }
              @Override public String version() { return "1.0.0"; }
              @Override public List<PolicyFactory> policies() {
                return List.of(new PolicyFactory("late", 1, "Dense.", List.of(), _ -> new Late()));
              }
            }
            """)
        .source("com.example.good.Late", policy(""))
        .service("dev.adamas.api.Provider", "com.example.good.GoodProvider")
        .header(
            "Provide-Capability",
            "osgi.serviceloader;osgi.serviceloader=\"dev.adamas.api.Provider\";"
                + "register:=\"com.example.good.GoodProvider\"")
        .header("Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=25))\"");
  }

  /** The policy's source with members of its own. */
  static String policy(String members) {
    return """
    package com.example.good;
    import dev.adamas.api.*;
    final class Late implements AttentionPolicy {
      @Override public ComponentSpec spec() { return ComponentSpec.of("late", 1); }
      @Override public LayerPlan plan(int layer, ModelShape shape) { return new LayerPlan.Dense(); }
      %s
    }
    """
        .formatted(members);
  }

  JarBuilder source(String name, String text) {
    sources.put(name, text);
    return this;
  }

  JarBuilder service(String service, String implementation) {
    services.put(service, implementation);
    return this;
  }

  JarBuilder header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Sources that are compiled with the plugin and left out of its jar. */
  JarBuilder stub(String name, String text) {
    stubs.add(name);
    return source(name, text);
  }

  /** Without module-info, so that stubs of foreign packages compile. */
  JarBuilder onTheClassPath() {
    sources.remove("module-info");
    return this;
  }

  Path build(Path folder) {
    try {
      Path classes = Files.createTempDirectory(folder, "classes");
      compile(classes);
      for (String stub : stubs) {
        Files.delete(classes.resolve(stub.replace('.', '/') + ".class"));
      }
      Path jar = Files.createTempFile(folder, "plugin", ".jar");
      try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest());
          Stream<Path> files = Files.walk(classes)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          entry(out, classes.relativize(file).toString(), Files.readAllBytes(file));
        }
        for (var service : services.entrySet()) {
          entry(
              out,
              "META-INF/services/" + service.getKey(),
              service.getValue().getBytes(StandardCharsets.UTF_8));
        }
      }
      return jar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Manifest manifest() {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    headers.forEach((name, value) -> manifest.getMainAttributes().putValue(name, value));
    return manifest;
  }

  private static void entry(JarOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new JarEntry(name.replace('\\', '/')));
    out.write(bytes);
    out.closeEntry();
  }

  private void compile(Path classes) throws IOException {
    Path root = Files.createTempDirectory(classes.getParent(), "sources");
    Path api = location(Provider.class);
    List<String> arguments =
        new ArrayList<>(List.of("-proc:none", "-d", classes.toString(), "--release", "25"));
    if (sources.containsKey("module-info")) {
      arguments.addAll(List.of("--module-path", api.toString()));
    } else {
      arguments.addAll(List.of("-cp", api.toString(), "--add-modules", "jdk.incubator.vector"));
    }
    for (var source : sources.entrySet()) {
      Path file = root.resolve(source.getKey().replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      arguments.add(Files.writeString(file, source.getValue()).toString());
    }
    StringWriter messages = new StringWriter();
    PrintWriter out = new PrintWriter(messages);
    if (ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(out, out, arguments.toArray(String[]::new))
        != 0) {
      throw new IllegalStateException(messages.toString());
    }
  }

  private static Path location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
