package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Provider;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Settings;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs sparse plans as the scalar backend does, and a test's code before each call. */
final class HookedBackend implements ComputeBackend {

  final AtomicInteger openKernels = new AtomicInteger();
  volatile Runnable onProbe = () -> {};
  volatile Runnable onCompile = () -> {};
  volatile Runnable onOpen = () -> {};
  volatile Runnable onAppend = () -> {};
  volatile Runnable onAttend = () -> {};
  volatile boolean dense;
  private final ComputeBackend scalar = scalar();

  private static ComputeBackend scalar() {
    return ServiceLoader.load(Provider.class, HookedBackend.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .flatMap(provider -> provider.backends().stream())
        .filter(factory -> factory.id().equals("scalar"))
        .findFirst()
        .orElseThrow()
        .create()
        .apply(
            Settings.of(
                "scalar",
                List.of(),
                Map.of(),
                (kind, text) -> {
                  throw new IllegalArgumentException(kind + " " + text);
                }));
  }

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of("hooked", 1);
  }

  @Override
  public Optional<String> unavailable() {
    return Optional.empty();
  }

  @Override
  public Support probe(LayerPlan plan, ModelShape shape) {
    if (!(plan instanceof LayerPlan.Sparse) && !dense) {
      return new Support.Rejected(List.of("It has sparse plans only."));
    }
    onProbe.run();
    return scalar.probe(plan, shape);
  }

  @Override
  public Kernel compile(Support.Accepted accepted, KernelContext context) {
    onCompile.run();
    openKernels.incrementAndGet();
    return new Hooked(scalar.compile(accepted, context));
  }

  private final class Hooked implements Kernel {

    private final Kernel inner;

    Hooked(Kernel inner) {
      this.inner = inner;
    }

    @Override
    public Support.Accepted accepted() {
      return inner.accepted();
    }

    @Override
    public SelectionIndex open(Arena arena) {
      onOpen.run();
      return inner.open(arena);
    }

    @Override
    public void append(KvView cache, SelectionIndex index, int from, int to) {
      onAppend.run();
      inner.append(cache, index, from, to);
    }

    @Override
    public void truncate(KvView cache, SelectionIndex index, int length) {
      inner.truncate(cache, index, length);
    }

    @Override
    public void attend(Batch batch, StepProbe probe) {
      onAttend.run();
      inner.attend(batch, probe);
    }

    @Override
    public void close() {
      openKernels.decrementAndGet();
      inner.close();
    }
  }

  /** An engine with every plugin of the class path and this backend before the scalar one. */
  Engine engine(String yaml, Provider... more) {
    Engine.Builder builder =
        Engine.builder()
            .config(
                EngineConfig.parse(
                    "{backends: [hooked, scalar], threads: 2, cache: {page-tokens: 64}"
                        + yaml
                        + "}"))
            .source(ProviderSource.serviceLoader(HookedBackend.class.getClassLoader()))
            .providers(
                Plugins.provider(
                    "hooked-plugin",
                    List.of(),
                    List.of(
                        new dev.adamas.api.BackendFactory(
                            "hooked", 1, "Runs a test's code.", List.of(), _ -> this))));
    if (more.length > 0) {
      builder.providers(more);
    }
    return builder.build();
  }
}
