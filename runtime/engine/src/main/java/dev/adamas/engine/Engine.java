package dev.adamas.engine;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Stage;
import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Provider;
import dev.adamas.api.Workers;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Finds plugins, binds policies to backends and opens sessions.
 *
 * <p>Thread-safe. {@link #close} closes the sessions that are still open, the kernels, the backends
 * and the threads; after it every call throws {@link IllegalStateException}.
 */
public final class Engine implements AutoCloseable {

  private final EngineConfig config;
  private final CatalogueKeeper keeper;
  private final Backends backends;
  private final Kernels kernels;
  private final PagePool pool;
  private final Workers workers;
  private final Optional<WorkerPool> ownWorkers;
  private final List<PluginDirectory> directories;
  private final Swaps swaps;
  private final Watchdog watchdog;
  private final OpenSessions sessions;

  @Inject
  Engine(
      EngineConfig config,
      CatalogueKeeper keeper,
      Backends backends,
      Kernels kernels,
      PagePool pool,
      Workers workers,
      Optional<WorkerPool> ownWorkers,
      List<PluginDirectory> directories) {
    this.config = config;
    this.keeper = keeper;
    this.backends = backends;
    this.kernels = kernels;
    this.pool = pool;
    this.workers = workers;
    this.ownWorkers = ownWorkers;
    this.directories = directories;
    sessions = new OpenSessions(kernels);
    swaps =
        new Swaps(
            this,
            config,
            new PolicyChoice(
                config.policy().toString(),
                () -> keeper.registry().configuredPolicy(config),
                false));
    watchdog = new Watchdog(config.swap().watchdog(), swaps::expire);
    try {
      keeper.start(swaps);
    } catch (RuntimeException | Error e) {
      watchdog.close();
      throw e;
    }
  }

  /**
   * An engine with the plugins of the class path and module path, and of the configured folders.
   *
   * @throws IllegalArgumentException where configuration names what does not exist, listing what
   *     does
   */
  public static Engine create(EngineConfig config) {
    return builder().config(config).build();
  }

  /** A builder for engines with plugins or threads of the host's. */
  public static Builder builder() {
    return new Builder();
  }

  /** What the engine was created with. */
  public EngineConfig config() {
    return config;
  }

  /** What exists now, and what was refused and why; another object after plugins came or went. */
  public Catalogue catalogue() {
    sessions.checkOpen();
    return keeper.catalogue();
  }

  /**
   * The folders of plugins that configuration names, which this engine watches until it is closed.
   */
  public List<PluginDirectory> pluginDirectories() {
    return directories;
  }

  /**
   * The threads that kernels run on; the host may run its own work on them between calls to the
   * engine.
   */
  public Workers workers() {
    return workers;
  }

  /**
   * The policy that {@link #open(ModelShape)} follows: that of the configuration, its layer
   * overrides included, or what a {@link #swap} put in its place.
   */
  public AttentionPolicy policy() {
    sessions.checkOpen();
    return swaps.choice().policy();
  }

  /**
   * A policy by reference, such as {@code adamas-dot(budget=64)}.
   *
   * @throws IllegalArgumentException where it does not exist or an option does not fit, in one
   *     sentence that lists what exists
   */
  public AttentionPolicy policy(String reference) {
    return policy(Reference.parse(reference));
  }

  /** A policy by name, such as {@code adamas-dot} or {@code adamas-dot@1}, and options. */
  public AttentionPolicy policy(String name, Map<String, String> options) {
    Reference parsed = Reference.parse(name);
    return policy(new Reference(parsed.id(), parsed.version(), new java.util.TreeMap<>(options)));
  }

  /** A policy by reference. */
  public AttentionPolicy policy(Reference reference) {
    sessions.checkOpen();
    return keeper.registry().policy(reference);
  }

  /**
   * Changes the policy of new requests or of live sequences, in the background.
   *
   * @param reference such as {@code adamas-dot(budget=64)}; that it does not exist or does not fit
   *     is the outcome of the swap, and no exception
   * @throws IllegalArgumentException where the text is no reference, or a session belongs to
   *     another engine
   */
  public Swap swap(String reference, SwapOptions options) {
    return swap(Reference.parse(reference), options);
  }

  /** The same by reference. */
  public Swap swap(Reference reference, SwapOptions options) {
    return start(
        new PolicyChoice(reference.toString(), () -> keeper.registry().policy(reference), false),
        options);
  }

  /** The same with a policy of the host's. */
  public Swap swap(AttentionPolicy policy, SwapOptions options) {
    return start(PolicyChoice.of(policy), options);
  }

  private Swap start(PolicyChoice next, SwapOptions options) {
    sessions.checkOpen();
    if (options.scope() instanceof SwapOptions.Scope.TokenBoundary(List<Session> named)
        && named.stream().anyMatch(session -> session.engine() != this)) {
      throw new IllegalArgumentException(
          "A session belongs to another engine; swap it with that engine.");
    }
    return swaps.start(next, options);
  }

  /**
   * Follows a configuration file from now on: where its policy or layers change, live sequences
   * that follow the configured policy change too. What else changes needs another engine; a broken
   * file changes nothing. Either is logged in one sentence.
   *
   * @param defaults what holds where the file says nothing
   * @return ends the following when closed, as the engine does
   * @throws IllegalArgumentException where the file cannot be read or is not a configuration
   */
  public ConfigurationWatch follow(Path file, EngineConfig defaults) {
    sessions.checkOpen();
    ConfigurationWatch watch =
        new ConfigurationWatch(
            file,
            defaults,
            changed ->
                start(
                    new PolicyChoice(
                        changed.policy().toString(),
                        () -> keeper.registry().configuredPolicy(changed),
                        false),
                    SwapOptions.tokenBoundary()));
    watchdog.also(watch::look);
    return watch;
  }

  /**
   * Opens an empty sequence with the configured policy over the engine's cache. It follows the
   * configured policy: a swap of that changes it, too.
   */
  public Session open(ModelShape shape) {
    return opened(
        bind(policy(), shape),
        true,
        new PagedCache(pool, pool.layout(shape)),
        Session.Phase.PREFILL);
  }

  /**
   * Opens an empty sequence over the engine's cache.
   *
   * @throws IllegalArgumentException where no backend can run the policy on that shape, with all
   *     reasons
   */
  public Session open(ModelShape shape, AttentionPolicy policy) {
    return opened(
        bind(policy, shape),
        false,
        new PagedCache(pool, pool.layout(shape)),
        Session.Phase.PREFILL);
  }

  /**
   * Opens a session over a host's own cache. The host appends and truncates there; its views say
   * the length, the generation and the calibration length.
   *
   * @param layerCaches the view of each layer; asked once per layer, so a view follows its cache
   */
  public Session attach(ModelShape shape, IntFunction<KvView> layerCaches, AttentionPolicy policy) {
    KvView[] views = new KvView[shape.layers()];
    for (int layer = 0; layer < views.length; layer++) {
      views[layer] = layerCaches.apply(layer);
      if (!views[layer].shape().equals(shape)) {
        throw new IllegalArgumentException(
            "The cache of layer %d has %s, but the session is for %s."
                .formatted(layer, views[layer].shape(), shape));
      }
    }
    return sessions.open(
        new Session(
            this,
            sessions.nextId(),
            bind(policy, shape),
            false,
            null,
            views,
            Session.Phase.PREFILL),
        0);
  }

  /** An empty batch. */
  public Batch batch() {
    return new Batch(this);
  }

  /** Memory of all caches. */
  public CacheMemory memory() {
    return pool.usage();
  }

  /** Indexes of sessions whose memory is there now; it lies outside of {@link #memory}. */
  public int openIndexes() {
    return kernels.openIndexes();
  }

  /** Bytes of one token's keys and values, all layers together, in the engine's cache. */
  public long cacheBytesPerToken(ModelShape shape) {
    CacheLayout layout = pool.layout(shape);
    return layout.groupBytes() / layout.pageTokens();
  }

  /**
   * Closes everything; closing twice does nothing.
   *
   * @throws IllegalStateException where another thread is using a session; the engine stays open
   */
  @Override
  public void close() {
    if (!sessions.close()) {
      return;
    }
    keeper.close();
    swaps.close();
    watchdog.close();
    backends.close();
    directories.forEach(PluginDirectory::close);
    ownWorkers.ifPresent(WorkerPool::close);
  }

  Binding bind(AttentionPolicy policy, ModelShape shape) {
    sessions.checkOpen();
    return kernels.bind(policy, shape);
  }

  Binding share(Binding binding) {
    sessions.checkOpen();
    return kernels.share(binding);
  }

  Session opened(Binding binding, boolean configured, PagedCache cache, Session.Phase phase) {
    KvView[] views = new KvView[binding.shape().layers()];
    for (int layer = 0; layer < views.length; layer++) {
      views[layer] = cache.view(layer);
    }
    return sessions.open(
        new Session(this, sessions.nextId(), binding, configured, cache, views, phase),
        cache.length());
  }

  OpenSessions sessions() {
    return sessions;
  }

  /** The plugin that offers a component now, for people. */
  String plugin(Catalogue.Kind kind, ComponentSpec spec) {
    return keeper.registry().plugin(kind, spec).orElse("none of the catalogue");
  }

  Kernels kernels() {
    return kernels;
  }

  Swaps swaps() {
    return swaps;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  /** Collects what an engine is made of. */
  public static final class Builder {

    private EngineConfig config = EngineConfig.defaults();
    private final List<ProviderSource> sources = new ArrayList<>();
    private Optional<Workers> workers = Optional.empty();

    private Builder() {}

    /** Sets the configuration. */
    public Builder config(EngineConfig config) {
      this.config = config;
      return this;
    }

    /**
     * Adds a source of plugins. Where none is added, the class path and module path are searched as
     * the thread's context class loader sees them. The folders of the configuration are always
     * added.
     */
    public Builder source(ProviderSource source) {
      sources.add(source);
      return this;
    }

    /** Adds plugins. */
    public Builder providers(Provider... providers) {
      return source(ProviderSource.of(providers));
    }

    /** Sets the host's own threads; the engine does not close them and ignores {@code threads}. */
    public Builder workers(Workers workers) {
      this.workers = Optional.of(workers);
      return this;
    }

    /**
     * The engine.
     *
     * @throws IllegalArgumentException where configuration names what does not exist
     */
    public Engine build() {
      List<ProviderSource> all = new ArrayList<>(sources);
      if (all.isEmpty()) {
        all.add(ProviderSource.serviceLoader(contextLoader()));
      }
      Optional<WorkerPool> own =
          workers.isPresent() ? Optional.empty() : Optional.of(WorkerPool.start(config.threads()));
      List<PluginDirectory> directories = new ArrayList<>();
      try {
        for (java.nio.file.Path directory : config.plugins().directories()) {
          directories.add(PluginDirectory.open(directory, config.plugins().options()));
        }
        all.addAll(directories);
        Injector injector =
            Guice.createInjector(
                Stage.DEVELOPMENT, new EngineModule(config, all, workers, own, directories));
        return EngineModule.engine(injector);
      } catch (RuntimeException | Error e) {
        own.ifPresent(WorkerPool::close);
        directories.forEach(PluginDirectory::close);
        throw e;
      }
    }

    private static ClassLoader contextLoader() {
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      return context == null ? Engine.class.getClassLoader() : context;
    }
  }
}
