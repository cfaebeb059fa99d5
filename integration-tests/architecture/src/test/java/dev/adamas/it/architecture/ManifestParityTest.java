package dev.adamas.it.architecture;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every jar says the same to the module system, to ServiceLoader and to OSGi. */
class ManifestParityTest {

  static List<Jars.Jar> jars() {
    return Jars.ours();
  }

  private static ModuleDescriptor module(Jars.Jar jar) {
    return ModuleFinder.of(jar.path()).findAll().iterator().next().descriptor();
  }

  @ParameterizedTest
  @MethodSource("jars")
  void isAnExplicitModuleNamedAfterItsPackages(Jars.Jar jar) {
    ModuleDescriptor module = module(jar);
    assertThat(module.isAutomatic()).as("automatic module").isFalse();
    assertThat(module.packages())
        .allSatisfy(
            name ->
                assertThat(name.equals(module.name()) || name.startsWith(module.name() + "."))
                    .isTrue());
  }

  @ParameterizedTest
  @MethodSource("jars")
  void providesTheSameServicesEverywhere(Jars.Jar jar) throws IOException {
    SortedSet<String> module =
        module(jar).provides().stream()
            .flatMap(p -> p.providers().stream().map(name -> p.service() + " by " + name))
            .collect(toCollection(TreeSet::new));
    SortedSet<String> bundle =
        OsgiHeader.parse(jar.header("Provide-Capability")).stream()
            .filter(clause -> clause.path().equals("osgi.serviceloader"))
            .map(c -> c.values().get("osgi.serviceloader") + " by " + c.values().get("register:"))
            .collect(toCollection(TreeSet::new));
    assertThat(services(jar)).as("META-INF/services against module-info").isEqualTo(module);
    assertThat(bundle).as("osgi.serviceloader against module-info").isEqualTo(module);
  }

  private static SortedSet<String> services(Jars.Jar jar) throws IOException {
    var services = new TreeSet<String>();
    String folder = "META-INF/services/";
    try (JarFile file = jar.open()) {
      for (var entry : file.stream().filter(e -> e.getName().startsWith(folder)).toList()) {
        if (entry.isDirectory()) {
          continue;
        }
        String text = new String(file.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
        text.lines()
            .map(line -> line.replaceFirst("#.*", "").strip())
            .filter(line -> !line.isEmpty())
            .forEach(
                line -> services.add(entry.getName().substring(folder.length()) + " by " + line));
      }
    }
    return services;
  }

  @ParameterizedTest
  @MethodSource("jars")
  void exportsTheSamePackagesEverywhereWithVersions(Jars.Jar jar) {
    List<OsgiHeader.Clause> exported = OsgiHeader.parse(jar.header("Export-Package"));
    assertThat(exported.stream().map(OsgiHeader.Clause::path))
        .as("Export-Package against the exports of module-info")
        .containsExactlyInAnyOrderElementsOf(
            module(jar).exports().stream()
                .filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .toList());
    assertThat(exported).allSatisfy(clause -> assertThat(clause.values()).containsKey("version"));
  }

  @ParameterizedTest
  @MethodSource("jars")
  void needsJava25InOsgi(Jars.Jar jar) {
    assertThat(jar.header("Require-Capability")).contains("(&(osgi.ee=JavaSE)(version=25))");
  }

  @org.junit.jupiter.api.Test
  void coversEveryLibrary() {
    assertThat(Jars.ours().stream().map(jar -> jar.header("Bundle-SymbolicName")))
        .containsAll(
            Stream.of(
                    "api",
                    "policy",
                    "baseline-policies",
                    "backend-scalar",
                    "backend-cpu-vector",
                    "engine",
                    "osgi",
                    "tck",
                    "model",
                    "cli")
                .map("dev.adamas.adamas-"::concat)
                .toList());
  }
}
