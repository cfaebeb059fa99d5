package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Workers;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Binds policies: each layer's plan is compiled once, however many layers and sessions share its
 * kernel.
 *
 * <p>A kernel lives as long as a binding uses it, so that nothing of a plugin stays reachable
 * through sessions that are gone.
 */
final class Kernels {

  /**
   * What a kernel was compiled for. Plans of the same stages are equal, whoever made the stages:
   * the loaders tell a plugin's stages from those of its replacement.
   *
   * @param choice the list of backends it was chosen from
   * @param avoided a backend that must not run it, for dense attention in place of a kernel that
   *     failed
   */
  private record Key(
      LayerPlan plan,
      ModelShape shape,
      Set<ClassLoader> loaders,
      int choice,
      Optional<ComponentSpec> avoided) {}

  private final Backends backends;
  private final EngineConfig config;
  private final KernelCompiler compiler;
  private final KernelWorkers workers;

  /** Indexes whose memory is there. */
  private final AtomicInteger openIndexes = new AtomicInteger();

  private final Map<Key, BoundKernel> compiled = new HashMap<>();

  /** Loaders that may not be used any more; weak, so that being listed here keeps none alive. */
  private final Set<ClassLoader> departed = Collections.newSetFromMap(new WeakHashMap<>());

  /** Counts the changes of the list of backends. */
  private int choice;

  @Inject
  Kernels(Backends backends, EngineConfig config, Workers workers) {
    this.backends = backends;
    this.config = config;
    this.workers = new KernelWorkers(workers, config.swap().builders());
    compiler = new KernelCompiler(backends, () -> this.workers, openIndexes);
  }

  /**
   * Follows a registry with the backends; kernels of earlier lists of backends stay with those who
   * use them.
   *
   * @see Backends#follow
   */
  synchronized void follow(Registry next, boolean mayArrive) {
    if (backends.follow(next, mayArrive)) {
      choice++;
    }
    // A container may bring back what it took away, with the same class loader: a bundle that is
    // stopped and started again.
    synchronized (departed) {
      next.plugins().forEach(p -> departed.remove(p.provider().getClass().getClassLoader()));
    }
  }

  /** Lets nothing be bound from now on that uses classes of some loaders. */
  void refuse(Set<ClassLoader> loaders) {
    synchronized (departed) {
      departed.addAll(loaders);
    }
  }

  /**
   * Refuses what uses a plugin that is leaving.
   *
   * @throws IllegalArgumentException where it does
   */
  void checkStays(Binding binding) {
    synchronized (departed) {
      if (departed.isEmpty() || Collections.disjoint(departed, PluginParts.loaders(binding))) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "Policy %s needs a plugin that has been removed; make the policy anew or choose another."
            .formatted(binding.policy().spec()));
  }

  /**
   * Kernels for every layer.
   *
   * @throws IllegalArgumentException where the policy does not fit the shape, or where no backend
   *     takes one of its plans, with the reasons of all backends
   */
  synchronized Binding bind(AttentionPolicy policy, ModelShape shape) {
    PolicyBoundEvent event = new PolicyBoundEvent();
    event.begin();
    List<BoundKernel> acquired = new ArrayList<>();
    try {
      List<BoundKernel> decode = new ArrayList<>();
      for (int layer = 0; layer < shape.layers(); layer++) {
        LayerPlan plan;
        try {
          plan = policy.plan(layer, shape);
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "Policy %s does not fit layer %d of this model: %s"
                  .formatted(policy.spec(), layer, e.getMessage()),
              e);
        }
        BoundKernel kernel = acquire(plan, shape, policy, layer);
        acquired.add(kernel);
        decode.add(kernel);
      }
      List<BoundKernel> prefill = new ArrayList<>();
      for (BoundKernel kernel : decode) {
        LayerPlan plan =
            config.prefill() == EngineConfig.Prefill.DENSE ? new LayerPlan.Dense() : kernel.plan();
        BoundKernel reading = acquire(plan, shape, policy, prefill.size());
        acquired.add(reading);
        prefill.add(reading);
      }
      event.policy = policy.spec().toString();
      event.layers = shape.layers();
      event.kernels = (int) acquired.stream().distinct().count();
      event.commit();
      Binding binding = new Binding(policy, shape, decode, prefill);
      checkStays(binding);
      return binding;
    } catch (RuntimeException | Error e) {
      acquired.forEach(this::drop);
      throw e;
    }
  }

  /** Another user of the same kernels. */
  synchronized Binding share(Binding binding) {
    binding.kernels().forEach(kernel -> kernel.users++);
    return binding;
  }

  synchronized void release(Binding binding) {
    binding.kernels().forEach(this::drop);
  }

  /** Plans whose kernels use classes of some loaders, a sentence each. */
  synchronized List<String> using(Set<ClassLoader> loaders) {
    return compiled.values().stream()
        .filter(kernel -> !Collections.disjoint(loaders, PluginParts.loaders(kernel)))
        .map(kernel -> "A kernel for %s on %s.".formatted(kernel.plan(), kernel.backend()))
        .distinct()
        .sorted()
        .toList();
  }

  /** The threads that kernels run on. */
  KernelWorkers workers() {
    return workers;
  }

  /** Indexes whose memory is there now, of all sessions. */
  int openIndexes() {
    return openIndexes.get();
  }

  /**
   * Full attention on every layer, for a sequence whose policy failed.
   *
   * @param avoided the backend that failed; taken all the same where there is no other
   */
  synchronized Binding dense(ModelShape shape, ComponentSpec avoided) {
    List<BoundKernel> kernels = new ArrayList<>();
    try {
      for (int layer = 0; layer < shape.layers(); layer++) {
        kernels.add(acquireDense(shape, avoided));
      }
      // Twice: releasing counts decoding and prefill.
      kernels.forEach(kernel -> kernel.users++);
      return new Binding(FullAttention.POLICY, shape, kernels, kernels);
    } catch (RuntimeException | Error e) {
      kernels.forEach(this::drop);
      throw e;
    }
  }

  private BoundKernel acquireDense(ModelShape shape, ComponentSpec avoided) {
    LayerPlan plan = new LayerPlan.Dense();
    Key key = new Key(plan, shape, Set.of(), choice, Optional.of(avoided));
    BoundKernel kernel = compiled.get(key);
    if (kernel == null) {
      Optional<BoundKernel> other = compiler.compileElsewhere(plan, shape, avoided);
      if (other.isEmpty()) {
        return acquire(plan, shape, FullAttention.POLICY, 0);
      }
      kernel = other.get();
      compiled.put(key, kernel);
    }
    kernel.users++;
    return kernel;
  }

  /** Kernels that are compiled now. */
  synchronized int size() {
    return compiled.size();
  }

  private BoundKernel acquire(LayerPlan plan, ModelShape shape, AttentionPolicy policy, int layer) {
    Key key = new Key(plan, shape, PluginParts.loaders(plan), choice, Optional.empty());
    BoundKernel kernel = compiled.get(key);
    if (kernel == null) {
      kernel = compiler.compile(plan, shape, policy, layer);
      compiled.put(key, kernel);
    }
    kernel.users++;
    return kernel;
  }

  private void drop(BoundKernel kernel) {
    if (--kernel.users == 0) {
      compiled.values().remove(kernel);
      kernel.kernel().close();
      backends.release(kernel.computedBy());
    }
  }
}
