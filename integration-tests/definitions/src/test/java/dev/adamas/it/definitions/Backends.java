package dev.adamas.it.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Provider;
import dev.adamas.api.Settings;
import dev.adamas.it.fixtures.Components;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** Providers of the class path, and their backends that this machine can run. */
final class Backends {

  static final List<Provider> PROVIDERS =
      ServiceLoader.load(Provider.class).stream().map(ServiceLoader.Provider::get).toList();

  private Backends() {}

  static List<ComputeBackend> available() {
    List<ComputeBackend> backends = new ArrayList<>();
    for (Provider provider : PROVIDERS) {
      for (BackendFactory factory : provider.backends()) {
        Settings defaults =
            Settings.of(
                factory.id(),
                factory.parameters(),
                Map.of(),
                (kind, reference) -> new Components(PROVIDERS).stage(kind, reference));
        ComputeBackend backend = factory.create().apply(defaults);
        if (backend.unavailable().isEmpty()) {
          backends.add(backend);
        }
      }
    }
    assertThat(backends).isNotEmpty();
    return backends;
  }
}
