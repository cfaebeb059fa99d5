package dev.adamas.it.thirdparty;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The packaged plugins, which are on no path of the tests. */
final class PluginJars {

  private PluginJars() {}

  /** The third party's plugin. */
  static Path blocked() {
    return jar("blocked.jar");
  }

  /** The one that is wrong on purpose. */
  static Path broken() {
    return jar("broken.jar");
  }

  private static Path jar(String property) {
    Path path = Path.of(System.getProperty(property, "none"));
    Assumptions.assumeTrue(
        Files.isRegularFile(path),
        "there is no jar of the plugin before the phase 'package'; run mvn verify");
    return path;
  }
}
