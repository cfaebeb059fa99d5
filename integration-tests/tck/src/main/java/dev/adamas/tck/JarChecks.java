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
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Collected;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.OwnThreads;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

/** The checks of a plugin's jar, loaded as a container loads it. */
public final class JarChecks {

  private final Path file;

  private JarChecks(Path file) {
    this.file = file;
  }

  /**
   * The checks of everything that a jar offers, and of the jar itself.
   *
   * @param plugin the jar, open as long as the checks run
   * @param file the same jar, which one check loads once more
   * @throws IOException where the jar has no provider
   */
  public static List<Tck.Item> of(PluginJar plugin, Path file) throws IOException {
    List<Provider> providers = plugin.providers();
    Components components = Components.builtIn().with(providers);
    List<Tck.Item> items = new ArrayList<>();
    for (Provider provider : providers) {
      items.addAll(Tck.of(() -> another(plugin, provider), components, providers));
    }
    items.add(
        new Tck.Item(
            "plugin " + providers.getFirst().name(),
            new Check(
                "unloads",
                "Lets its class loader be collected after a step with each of its components.",
                new JarChecks(file)::unloads)));
    return List.copyOf(items);
  }

  /** A fresh provider of the same class, as another start of the host would make. */
  private static Provider another(PluginJar plugin, Provider like) {
    try {
      return plugin.providers().stream()
          .filter(p -> p.getClass() == like.getClass())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new NoSuchElementException(e.getMessage(), e);
    }
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

  private Collected used() throws IOException {
    try (PluginJar plugin = PluginJar.open(file)) {
      List<Provider> providers = plugin.providers();
      Components components = Components.builtIn().with(providers);
      for (Provider provider : providers) {
        use(provider, components);
      }
      return new Collected("plugin", plugin.loader());
    }
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
