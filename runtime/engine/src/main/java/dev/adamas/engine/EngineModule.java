package dev.adamas.engine;

import com.google.inject.AbstractModule;
import com.google.inject.Injector;
import com.google.inject.Provides;
import com.google.inject.ProvisionException;
import com.google.inject.multibindings.Multibinder;
import dev.adamas.api.Workers;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/**
 * Composes an engine's own parts. Plugins are values inside {@link Registry} and never keys of the
 * injector: Guice keeps what it has seen a class of, and with it the plugin's class loader.
 */
final class EngineModule extends AbstractModule {

  private final EngineConfig config;
  private final List<ProviderSource> sources;
  private final Optional<Workers> hostWorkers;
  private final Optional<WorkerPool> ownWorkers;
  private final List<PluginDirectory> directories;

  EngineModule(
      EngineConfig config,
      List<ProviderSource> sources,
      Optional<Workers> hostWorkers,
      Optional<WorkerPool> ownWorkers,
      List<PluginDirectory> directories) {
    this.config = config;
    this.sources = sources;
    this.hostWorkers = hostWorkers;
    this.ownWorkers = ownWorkers;
    this.directories = List.copyOf(directories);
  }

  @Override
  protected void configure() {
    binder().requireAtInjectOnConstructors();
    Multibinder<ProviderSource> found = Multibinder.newSetBinder(binder(), ProviderSource.class);
    sources.forEach(source -> found.addBinding().toInstance(source));
    bind(CatalogueKeeper.class).in(Singleton.class);
    bind(Backends.class).in(Singleton.class);
    bind(Kernels.class).in(Singleton.class);
    bind(Engine.class).in(Singleton.class);
  }

  @Provides
  EngineConfig config() {
    return config;
  }

  @Provides
  @Singleton
  PagePool pool() {
    return new PagePool(config.cache());
  }

  @Provides
  Optional<WorkerPool> ownWorkers() {
    return ownWorkers;
  }

  @Provides
  List<PluginDirectory> directories() {
    return directories;
  }

  @Provides
  Workers workers() {
    return hostWorkers.or(() -> ownWorkers).orElseThrow();
  }

  /** The engine, with a failure of one of its parts as that part threw it. */
  static Engine engine(Injector injector) {
    try {
      return injector.getInstance(Engine.class);
    } catch (ProvisionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
