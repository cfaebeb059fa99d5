package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Plugins that do what a test needs and count what is done to them. */
final class Plugins {

  private Plugins() {}

  /** The same plan in every layer. */
  record Fixed(ComponentSpec spec, LayerPlan plan) implements AttentionPolicy {
    @Override
    public LayerPlan plan(int layer, ModelShape shape) {
      return plan;
    }
  }

  static AttentionPolicy fixed(LayerPlan plan) {
    return new Fixed(ComponentSpec.of("fixed", 1), plan);
  }

  /** A provider of one policy {@code dense@version}. */
  static Provider policy(String plugin, String id, int version) {
    return provider(
        plugin,
        List.of(
            new PolicyFactory(
                id,
                version,
                "Dense everywhere.",
                List.of(),
                settings -> new Fixed(ComponentSpec.of(id, version), new LayerPlan.Dense()))),
        List.of());
  }

  static Provider backend(CountingBackend backend) {
    return provider(
        backend.id + "-plugin",
        List.of(),
        List.of(
            new BackendFactory(backend.id, 1, "Counts calls.", List.of(), settings -> backend)));
  }

  static Provider provider(
      String plugin, List<PolicyFactory> policies, List<BackendFactory> backends) {
    return new Provider() {
      @Override
      public int spiVersion() {
        return SPI_VERSION;
      }

      @Override
      public String name() {
        return plugin;
      }

      @Override
      public String version() {
        return "1.0";
      }

      @Override
      public List<PolicyFactory> policies() {
        return policies;
      }

      @Override
      public List<BackendFactory> backends() {
        return backends;
      }
    };
  }

  /** Accepts what it is told to, computes nothing, and checks that indexes are up to date. */
  static final class CountingBackend implements ComputeBackend {

    final String id;
    final AtomicInteger compiled = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger indexes = new AtomicInteger();
    final AtomicInteger inside = new AtomicInteger();
    final List<Integer> slots = new ArrayList<>();
    Optional<String> unavailable = Optional.empty();
    List<String> rejections = List.of();
    boolean closed;
    Runnable during = () -> {};

    CountingBackend(String id) {
      this.id = id;
    }

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of(id, 1);
    }

    @Override
    public Optional<String> unavailable() {
      return unavailable;
    }

    @Override
    public Support probe(LayerPlan plan, ModelShape shape) {
      return rejections.isEmpty() || plan instanceof LayerPlan.Dense
          ? new Support.Accepted(plan, shape, Set.of(), 0)
          : new Support.Rejected(rejections);
    }

    @Override
    public Kernel compile(Support.Accepted accepted, KernelContext context) {
      compiled.incrementAndGet();
      open.incrementAndGet();
      return new CountingKernel(this, accepted);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class CountingIndex implements SelectionIndex {

    private int length;
    private long generation;

    @Override
    public int length() {
      return length;
    }

    @Override
    public long generation() {
      return generation;
    }

    @Override
    public long bytes() {
      return length;
    }
  }

  private record CountingKernel(CountingBackend backend, Support.Accepted accepted)
      implements Kernel {

    @Override
    public SelectionIndex open(Arena arena) {
      backend.indexes.incrementAndGet();
      return new CountingIndex();
    }

    @Override
    public void append(KvView cache, SelectionIndex index, int from, int to) {
      CountingIndex own = (CountingIndex) index;
      if (own.length != from || own.generation != cache.generation() || to > cache.length()) {
        throw new IllegalStateException("stale");
      }
      own.length = to;
    }

    @Override
    public void truncate(KvView cache, SelectionIndex index, int length) {
      CountingIndex own = (CountingIndex) index;
      if (length != cache.length()) {
        throw new IllegalStateException("not truncated");
      }
      own.length = Math.min(own.length, length);
      own.generation = cache.generation();
    }

    @Override
    public void attend(Batch batch, StepProbe probe) {
      if (backend.inside.incrementAndGet() != 1) {
        throw new IllegalStateException("two threads in one kernel");
      }
      backend.during.run();
      for (int slot = 0; slot < batch.size(); slot++) {
        KvView cache = batch.cache(slot);
        SelectionIndex index = batch.index(slot);
        if (index.length() != cache.length() || index.generation() != cache.generation()) {
          throw new IllegalStateException("stale");
        }
        probe.read(slot, batch.rows(slot), 10, 1);
      }
      if (backend.slots.size() < 100) {
        backend.slots.add(batch.size());
      }
      backend.inside.decrementAndGet();
    }

    @Override
    public void close() {
      backend.open.decrementAndGet();
    }
  }
}
