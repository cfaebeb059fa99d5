package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Providers that {@link ServiceLoader} finds, one failure not hiding the others. The path of a
 * running process does not change, so it is searched once and the providers stay the same objects.
 */
final class ServiceLoaderSource implements ProviderSource {

  /** Where a provider comes from whose class cannot be told. */
  static final String ENTRY = "a META-INF/services entry";

  private sealed interface Finding {
    record Good(Provider provider, String origin) implements Finding {}

    record Bad(String origin, Throwable failure) implements Finding {}
  }

  private final ClassLoader loader;
  private @Nullable List<Finding> findings;

  ServiceLoaderSource(ClassLoader loader) {
    this.loader = loader;
  }

  @Override
  public void discover(Sink sink) {
    for (Finding finding : findings()) {
      switch (finding) {
        case Finding.Good(Provider provider, String origin) -> sink.found(provider, origin);
        case Finding.Bad(String origin, Throwable failure) -> sink.failed(origin, failure);
      }
    }
  }

  private synchronized List<Finding> findings() {
    List<Finding> known = findings;
    if (known == null) {
      known = new ArrayList<>();
      search(known);
      findings = known;
    }
    return known;
  }

  private void search(List<Finding> into) {
    discover(
        ServiceLoader.load(Provider.class, loader),
        _ -> true,
        Origins::of,
        new Sink() {
          @Override
          public void found(Provider provider, String origin) {
            into.add(new Finding.Good(provider, origin));
          }

          @Override
          public void failed(String origin, Throwable failure) {
            into.add(new Finding.Bad(origin, failure));
          }

          @Override
          public void refused(String sentence) {
            throw new AssertionError(sentence);
          }
        });
  }

  /**
   * Creates the providers of a service loader.
   *
   * @param wanted which types are created at all
   * @param origins where a type comes from, for people
   */
  static void discover(
      ServiceLoader<Provider> services,
      Predicate<Class<?>> wanted,
      Function<Class<?>, String> origins,
      Sink sink) {
    Iterator<ServiceLoader.Provider<Provider>> candidates = services.stream().iterator();
    while (true) {
      ServiceLoader.Provider<Provider> candidate;
      try {
        if (!candidates.hasNext()) {
          return;
        }
        candidate = candidates.next();
      } catch (ServiceConfigurationError | LinkageError e) {
        // A line that names no usable class; the iterator goes on after it.
        sink.failed(ENTRY, e);
        continue;
      }
      create(candidate, wanted, origins, sink);
    }
  }

  private static void create(
      ServiceLoader.Provider<Provider> candidate,
      Predicate<Class<?>> wanted,
      Function<Class<?>, String> origins,
      Sink sink) {
    Class<? extends Provider> type;
    try {
      type = candidate.type();
    } catch (ServiceConfigurationError | LinkageError e) {
      sink.failed(ENTRY, e);
      return;
    }
    if (!wanted.test(type)) {
      return;
    }
    Provider provider;
    try {
      provider = candidate.get();
    } catch (ServiceConfigurationError | LinkageError e) {
      sink.failed(type.getName() + " in " + origins.apply(type), e);
      return;
    }
    sink.found(provider, origins.apply(provider.getClass()));
  }
}
