package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Somewhere that plugins come from: the class path and module path, a list, a module layer, a
 * framework's services.
 */
@FunctionalInterface
public interface ProviderSource {

  /**
   * Reports every provider that there is now. It creates providers and nothing of what they offer.
   * A provider that was reported before is reported as the same object for as long as it lives.
   *
   * <p>An engine calls it again from any thread when {@link #watch a watched source} changes, also
   * while that source tells it so; it must not wait for such a change to end.
   */
  void discover(Sink sink);

  /**
   * Tells a listener from now on what changes, until it is closed.
   *
   * @return empty where this source never changes
   */
  default Optional<Watch> watch(Listener listener) {
    return Optional.empty();
  }

  /** Ends telling a listener what changes. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** What a source that changes tells, from a thread of its own; both calls return when done. */
  interface Listener {

    /** Plugins came or went; {@link #discover} says already what there is. */
    void changed();

    /**
     * Plugins are about to go; {@link #discover} leaves them out already. When this returns empty,
     * their classes can be unloaded: nothing of the listener uses them, and nothing will.
     *
     * @param departing their class loaders
     * @param patience how long to wait for what uses them
     * @return what still uses them after that, a sentence each; ask again later
     */
    List<String> leave(Set<ClassLoader> departing, Duration patience);
  }

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

    /**
     * Something that should have been a plugin was refused.
     *
     * @param sentence what, and what to do about it
     */
    void refused(String sentence);
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
