package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.util.List;

/**
 * Somewhere that plugins come from: the class path and module path, a list, a module layer, a
 * framework's services.
 */
@FunctionalInterface
public interface ProviderSource {

  /**
   * Reports every provider that there is now. It creates providers and nothing of what they offer.
   */
  void discover(Sink sink);

  /** Takes what a source finds. */
  interface Sink {

    /**
     * A provider was found.
     *
     * @param origin where it comes from, for people: a module and its location, or a jar
     */
    void found(Provider provider, String origin);

    /** A provider could not be created. */
    void failed(String origin, Throwable failure);
  }

  /** Providers on the class path and module path, as {@code loader} sees them. */
  static ProviderSource serviceLoader(ClassLoader loader) {
    return new ServiceLoaderSource(loader);
  }

  /** The given providers, for hosts that construct their plugins themselves. */
  static ProviderSource of(Provider... providers) {
    List<Provider> fixed = List.of(providers);
    return sink -> fixed.forEach(p -> sink.found(p, Origins.of(p.getClass())));
  }
}
