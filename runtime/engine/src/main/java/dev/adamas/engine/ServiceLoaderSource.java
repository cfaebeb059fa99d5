package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Providers that {@link ServiceLoader} finds, one failure not hiding the others. */
final class ServiceLoaderSource implements ProviderSource {

  private final ClassLoader loader;

  ServiceLoaderSource(ClassLoader loader) {
    this.loader = loader;
  }

  @Override
  public void discover(Sink sink) {
    Iterator<ServiceLoader.Provider<Provider>> candidates =
        ServiceLoader.load(Provider.class, loader).stream().iterator();
    while (true) {
      ServiceLoader.Provider<Provider> candidate;
      try {
        if (!candidates.hasNext()) {
          return;
        }
        candidate = candidates.next();
      } catch (ServiceConfigurationError e) {
        // A line that names no usable class; the iterator goes on after it.
        sink.failed("a META-INF/services entry", e);
        continue;
      }
      create(candidate, sink);
    }
  }

  private static void create(ServiceLoader.Provider<Provider> candidate, Sink sink) {
    Class<? extends Provider> type;
    try {
      type = candidate.type();
    } catch (ServiceConfigurationError | LinkageError e) {
      sink.failed("a META-INF/services entry", e);
      return;
    }
    Provider provider;
    try {
      provider = candidate.get();
    } catch (ServiceConfigurationError | LinkageError e) {
      sink.failed(type.getName() + " in " + Origins.of(type), e);
      return;
    }
    sink.found(provider, Origins.of(provider.getClass()));
  }
}
