package dev.adamas.engine;

import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the registry, the backends and the sequences in step with the sources of plugins.
 *
 * <p>A change is one new {@link Registry}: whoever asks in between gets the old one or the new one,
 * never a mixture. What runs is not touched by an arrival; a departure asks it to leave.
 */
final class CatalogueKeeper implements ProviderSource.Listener, AutoCloseable {

  /** No sequence exists before the engine does. */
  private static final LiveSequences NONE =
      new LiveSequences() {
        @Override
        public void catalogueChanged() {}

        @Override
        public List<String> leave(Set<ClassLoader> departing, Duration patience) {
          return List.of();
        }
      };

  private final Set<ProviderSource> sources;
  private final Backends backends;
  private final Kernels kernels;
  private final List<ProviderSource.Watch> watches = new ArrayList<>();

  private volatile Registry registry = Registry.EMPTY;
  private volatile LiveSequences live = NONE;
  private @Nullable Catalogue catalogue;
  private boolean closed;

  @Inject
  CatalogueKeeper(Set<ProviderSource> sources, Backends backends, Kernels kernels) {
    this.sources = sources;
    this.backends = backends;
    this.kernels = kernels;
  }

  /**
   * Finds the plugins and follows their sources from now on.
   *
   * @throws IllegalArgumentException where configuration names a backend that does not exist
   */
  void start(LiveSequences sequences) {
    // Watched first, so that no change is lost between the two.
    sources.forEach(source -> source.watch(this).ifPresent(watches::add));
    try {
      refresh();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    live = sequences;
  }

  Registry registry() {
    return registry;
  }

  synchronized Catalogue catalogue() {
    Catalogue known = catalogue;
    if (known == null) {
      known = registry.catalogue(backends::unavailable);
      catalogue = known;
    }
    return known;
  }

  @Override
  public void changed() {
    refresh();
    live.catalogueChanged();
  }

  @Override
  public List<String> leave(Set<ClassLoader> departing, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    kernels.refuse(departing);
    changed();
    List<String> users = live.leave(departing, patience);
    // A session that was being opened meanwhile lets go of its kernels when it is refused.
    while (users.isEmpty()) {
      users = kernels.using(departing);
      if (users.isEmpty() || System.nanoTime() - end >= 0 || !Pause.millis(5)) {
        return users;
      }
      users = List.of();
    }
    return users;
  }

  private synchronized void refresh() {
    if (closed) {
      return;
    }
    Registry next = RegistryBuilder.build(sources, registry);
    kernels.follow(next, !watches.isEmpty());
    registry = next;
    catalogue = null;
  }

  /** Stops following the sources. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    watches.forEach(ProviderSource.Watch::close);
  }
}
