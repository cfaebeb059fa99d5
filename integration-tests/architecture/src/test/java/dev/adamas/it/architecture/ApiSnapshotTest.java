package dev.adamas.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The SPI may only change on purpose: its text is committed, and a change of the one without the
 * other fails here.
 */
class ApiSnapshotTest {

  private static final Path SNAPSHOT =
      Path.of(System.getProperty("basedir", "."), "src/test/resources/dev.adamas.api.txt");

  @Test
  void needsNothingButJavaBase() {
    Jars.Jar api =
        Jars.ours().stream()
            .filter(jar -> jar.header("Bundle-SymbolicName").equals("dev.adamas.adamas-api"))
            .findFirst()
            .orElseThrow();
    ModuleDescriptor module =
        ModuleFinder.of(api.path()).find("dev.adamas.api").orElseThrow().descriptor();
    assertThat(module.requires())
        .filteredOn(
            requires -> !requires.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
        .extracting(ModuleDescriptor.Requires::name)
        .containsExactly("java.base");
  }

  @Test
  void publicApiIsTheCommittedOne() throws IOException {
    String now = ApiText.of(Provider.class);
    if (Boolean.getBoolean("adamas.api.write")) {
      Files.createDirectories(SNAPSHOT.getParent());
      Files.writeString(SNAPSHOT, now);
    }
    assertThat(now)
        .as(
            "The public API of dev.adamas.api differs from its committed text. If that is intended, write"
                + " it anew with: mvn -pl integration-tests/architecture -am verify"
                + " -Dtest=ApiSnapshotTest -Dsurefire.failIfNoSpecifiedTests=false -Dadamas.api.write=true")
        .isEqualTo(Files.readString(SNAPSHOT));
  }
}
