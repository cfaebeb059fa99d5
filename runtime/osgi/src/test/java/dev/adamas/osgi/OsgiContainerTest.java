package dev.adamas.osgi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.Provider;
import dev.adamas.engine.ProviderSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OsgiContainerTest {

  private static List<String> problems(OsgiContainer container) {
    List<String> problems = new ArrayList<>();
    container
        .source()
        .discover(
            new ProviderSource.Sink() {
              @Override
              public void found(Provider provider, String origin) {
                throw new AssertionError(origin);
              }

              @Override
              public void failed(String origin, Throwable failure) {
                throw new AssertionError(origin, failure);
              }

              @Override
              public void refused(String sentence) {
                problems.add(sentence);
              }
            });
    return problems;
  }

  @Test
  void aFrameworkWithoutBundlesOffersNothingAndLeavesNoFiles(@TempDir Path folder) {
    try (OsgiContainer container =
        OsgiContainer.start(OsgiContainer.Options.defaults().folder(folder))) {
      assertThat(problems(container)).isEmpty();
      assertThat(container.departures()).isEmpty();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFolderThatDoesNotExistIsRefused(@TempDir Path folder) {
    Path gone = folder.resolve("gone");
    assertThatThrownBy(() -> OsgiContainer.start(OsgiContainer.Options.defaults().folder(gone)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The folder of bundles " + gone + " does not exist; create it or name another.");
  }

  @Test
  void whatIsNoBundleIsReported(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("text.jar"), "no archive");
    try (OsgiContainer container =
        OsgiContainer.start(OsgiContainer.Options.defaults().folder(folder))) {
      assertThat(problems(container))
          .singleElement()
          .asString()
          .startsWith("Bundle " + folder.resolve("text.jar") + " cannot be read: ");
    }
  }
}
