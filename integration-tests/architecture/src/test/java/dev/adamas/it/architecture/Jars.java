package dev.adamas.it.architecture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Assumptions;

/** The project's jars as they were packaged. */
final class Jars {

  private Jars() {}

  /** A jar and its manifest. */
  record Jar(Path path, Manifest manifest) {

    String header(String name) {
      String value = manifest.getMainAttributes().getValue(name);
      return value == null ? "" : value;
    }

    JarFile open() throws IOException {
      return new JarFile(path.toFile());
    }

    @Override
    public String toString() {
      return path.getFileName().toString();
    }
  }

  /** All jars of the class path that are ours; skips the test where Maven has not packaged yet. */
  static List<Jar> ours() {
    try {
      List<Jar> jars =
          Collections.list(Jars.class.getClassLoader().getResources(JarFile.MANIFEST_NAME)).stream()
              .filter(url -> url.getProtocol().equals("jar"))
              .map(Jars::read)
              .filter(jar -> jar.header("Bundle-SymbolicName").startsWith("dev.adamas."))
              .sorted(Comparator.comparing(Jar::toString))
              .toList();
      Assumptions.assumeFalse(
          jars.isEmpty(), "there are no jars before the phase 'package'; run mvn verify");
      return jars;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Jar read(URL url) {
    try (InputStream in = url.openStream()) {
      var connection = (JarURLConnection) url.openConnection();
      return new Jar(Path.of(connection.getJarFileURL().toURI()), new Manifest(in));
    } catch (IOException | java.net.URISyntaxException e) {
      throw new IllegalStateException(url.toString(), e);
    }
  }
}
