package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Provider;
import java.util.List;
import java.util.ServiceLoader;

/** The cpu-vector backend, found as hosts find it: the kit itself does not know its module. */
final class Vector {

  private Vector() {}

  static ComputeBackend backend() {
    List<Provider> found =
        ServiceLoader.load(Provider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.backends().stream().anyMatch(b -> b.id().equals("cpu-vector")))
            .toList();
    return Components.builtIn().with(found).backend("cpu-vector");
  }
}
