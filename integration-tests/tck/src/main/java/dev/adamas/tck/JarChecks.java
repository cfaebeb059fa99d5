package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Support;
import dev.adamas.engine.PluginDirectory;
import dev.adamas.engine.PluginFeed;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Collected;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.OwnThreads;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The checks of a plugin's jar, loaded as an engine loads those of a folder: into a module layer of
 * its own, with its own class loader.
 *
 * <p>Closing them frees the jar; its classes go once nobody refers to them.
 */
public final class JarChecks implements AutoCloseable {

  private final Path file;
  private final PluginFeed.Loaded plugin;

  private JarChecks(Path file, PluginFeed.Loaded plugin) {
    this.file = file;
    this.plugin = plugin;
  }

  /**
   * Loads a jar, or a folder of jars or classes.
   *
   * @throws IllegalArgumentException where an engine would refuse it or one of its providers, in
   *     one sentence
   */
  public static JarChecks open(Path file) {
    PluginFeed.Loaded plugin = PluginDirectory.load(file, PluginDirectory.Options.defaults());
    if (!plugin.problems().isEmpty()) {
      plugin.unload().run();
      throw new IllegalArgumentException(String.join(" ", plugin.problems()));
    }
    return new JarChecks(file, plugin);
  }

  /** The checks of everything that the jar offers, and of the jar itself. */
  public List<Tck.Item> items() {
    List<Provider> providers = plugin.providers();
    Components components = Components.builtIn().with(providers);
    List<Tck.Item> items = new ArrayList<>();
    for (Provider provider : providers) {
      items.addAll(Tck.of(() -> another(provider), components, providers));
    }
    items.add(
        new Tck.Item(
            "plugin " + providers.getFirst().name(),
            new Check(
                "unloads",
                "Lets its class loader be collected after a step with each of its components.",
                this::unloads)));
    return List.copyOf(items);
  }

  /** A fresh provider of the same class, as another start of the host would make. */
  private static Provider another(Provider like) {
    ModuleLayer layer = like.getClass().getModule().getLayer();
    return ServiceLoader.load(layer, Provider.class).stream()
        .filter(found -> layer.equals(found.type().getModule().getLayer()))
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.getClass() == like.getClass())
        .findFirst()
        .orElseThrow();
  }

  private void unloads() throws Exception {
    List<Collected> loaders = new ArrayList<>();
    // On a thread that ends, whose stack and thread-locals go with it.
    OwnThreads.leftBy(() -> loaders.add(used()));
    Expect.that(
        loaders.getFirst().isCollected(),
        "Its class loader is still reachable after every component was closed: a thread, a"
            + " thread-local, a shutdown hook or a static field of the JDK holds one of its classes.");
  }

  /** Loads the jar once more, uses all of it and lets go. */
  private Collected used() {
    try (JarChecks again = open(file)) {
      List<Provider> providers = again.plugin.providers();
      Components components = Components.builtIn().with(providers);
      for (Provider provider : providers) {
        use(provider, components);
      }
      return new Collected("plugin", again.plugin.loader());
    }
  }

  @Override
  public void close() {
    plugin.unload().run();
  }

  private static void use(Provider provider, Components components) {
    for (StageFactory factory : provider.stages()) {
      components.stage(factory).spec();
    }
    for (PolicyFactory factory : provider.policies()) {
      try (ComputeBackend scalar = components.backend("scalar")) {
        step(scalar, components.policy(factory));
      }
    }
    for (BackendFactory factory : provider.backends()) {
      try (ComputeBackend backend = components.backend(factory)) {
        if (backend.unavailable().isEmpty()) {
          step(backend, components.policy("adamas-dot(budget=16,dense-layers=0)"));
          step(backend, components.policy("full"));
        }
      }
    }
  }

  private static void step(ComputeBackend backend, AttentionPolicy policy) {
    ModelShape shape = ModelShape.of(4, 4, 2, 64);
    KvData data = KvData.random(Seed.of("unload"), KvData.Keys.GAUSSIAN, shape.kvHeads(), 300, 64);
    for (int layer = 0; layer < shape.layers(); layer++) {
      if (backend.probe(policy.plan(layer, shape), shape) instanceof Support.Accepted accepted) {
        KvMemory cache = new KvMemory(shape, KvType.F16, KvMemory.Layout.USUAL, data).grow(300);
        try (Sequence sequence = new Sequence(backend, accepted, cache, new CheckWorkers(2))) {
          sequence.follow().attend(KvData.query(Seed.random("unload"), 4 * 64));
        }
      }
    }
  }
}
