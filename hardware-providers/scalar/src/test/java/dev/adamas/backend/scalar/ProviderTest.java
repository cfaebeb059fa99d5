package dev.adamas.backend.scalar;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ProviderTest {

  @Test
  void isDeclaredForModulesAndForTheClassPath() throws IOException {
    List<String> provided;
    try (InputStream module = resource("module-info.class")) {
      provided =
          ModuleDescriptor.read(module).provides().stream()
              .filter(p -> p.service().equals(Provider.class.getName()))
              .flatMap(p -> p.providers().stream())
              .toList();
    }
    try (InputStream services = resource("META-INF/services/" + Provider.class.getName())) {
      List<String> lines =
          new String(services.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      assertThat(lines).isEqualTo(provided).containsExactly(ScalarProvider.class.getName());
    }
  }

  /** A file beside the classes of this module, whatever else is on the path. */
  private static InputStream resource(String name) throws IOException {
    var location =
        Objects.requireNonNull(
            ScalarProvider.class.getProtectionDomain().getCodeSource().getLocation());
    return java.net.URI.create(location + name).toURL().openStream();
  }
}
