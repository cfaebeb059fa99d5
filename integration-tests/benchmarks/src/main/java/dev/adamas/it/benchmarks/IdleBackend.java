package dev.adamas.it.benchmarks;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Provider;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Accepts every plan and computes nothing, so that what is left of a step is the engine's own. */
final class IdleBackend implements ComputeBackend {

  /** A plugin that offers it as {@code idle}. */
  static Provider provider() {
    return new Provider() {
      @Override
      public int spiVersion() {
        return SPI_VERSION;
      }

      @Override
      public String name() {
        return "idle";
      }

      @Override
      public String version() {
        return "1";
      }

      @Override
      public List<BackendFactory> backends() {
        return List.of(
            new BackendFactory(
                "idle", 1, "Computes nothing.", List.of(), settings -> new IdleBackend()));
      }
    };
  }

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of("idle", 1);
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    return new Support.Accepted(plan, shape, Set.of(), 0);
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    return new IdleKernel(accepted);
  }

  private record IdleKernel(Support.Accepted accepted) implements Kernel {

    @Override
    public SelectionIndex open(Arena arena) {
      return new IdleIndex();
    }

    @Override
    public void append(KvView cache, SelectionIndex index, int from, int to) {
      follow(cache, index, to);
    }

    @Override
    public void truncate(KvView cache, SelectionIndex index, int length) {
      follow(cache, index, length);
    }

    private static void follow(KvView cache, SelectionIndex index, int length) {
      IdleIndex idle = (IdleIndex) index;
      idle.length = length;
      idle.generation = cache.generation();
    }

    @Override
    public void attend(Batch batch, StepProbe probe) {
      for (int slot = 0; slot < batch.size(); slot++) {
        probe.read(slot, 0, 0, 0);
      }
    }
  }

  private static final class IdleIndex implements SelectionIndex {

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
      return 0;
    }
  }
}
