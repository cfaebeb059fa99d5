package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Finds the first backend that takes a plan, says why those before it do not, and has it compile
 * the plan.
 *
 * <p>Not thread-safe: {@link Kernels} guards it as it does the backends.
 */
final class KernelCompiler {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  private final Backends backends;
  private final KernelContext context;
  private final AtomicInteger openIndexes;

  /** Fallbacks that were logged already. */
  private final Set<String> reported = new HashSet<>();

  /**
   * @param context what kernels run with
   * @param openIndexes counts the indexes of every kernel
   */
  KernelCompiler(Backends backends, KernelContext context, AtomicInteger openIndexes) {
    this.backends = backends;
    this.context = context;
    this.openIndexes = openIndexes;
  }

  /**
   * A kernel for a layer.
   *
   * @throws IllegalArgumentException where no backend takes the plan, with the reasons of all
   */
  BoundKernel compile(LayerPlan plan, ModelShape shape, AttentionPolicy policy, int layer) {
    if (backends.inOrder().isEmpty()) {
      throw new IllegalArgumentException(
          "No backend can run layer %d of %s (%s): %s"
              .formatted(layer, policy.spec(), plan, backends.nonePresent()));
    }
    List<String> rejections = new ArrayList<>();
    for (Backends.Candidate candidate : backends.inOrder()) {
      switch (candidate) {
        case Backends.Candidate.Unusable(String name, String reason) ->
            rejections.add(name + ": " + reason);
        case Backends.Candidate.Usable(ComputeBackend backend) -> {
          switch (backend.probe(plan, shape)) {
            case Support.Rejected(List<String> reasons) ->
                rejections.add(backend.spec().name() + ": " + String.join(" ", reasons));
            case Support.Accepted accepted -> {
              report(plan, backend, rejections);
              return bound(plan, backend, accepted, rejections);
            }
          }
        }
      }
    }
    throw new IllegalArgumentException(
        "No backend can run layer %d of %s (%s): %s"
            .formatted(layer, policy.spec(), plan, String.join(" ", rejections)));
  }

  /** A kernel of another backend than {@code avoided}; empty where no other takes the plan. */
  Optional<BoundKernel> compileElsewhere(LayerPlan plan, ModelShape shape, ComponentSpec avoided) {
    for (Backends.Candidate candidate : backends.inOrder()) {
      if (candidate instanceof Backends.Candidate.Usable(ComputeBackend backend)
          && !backend.spec().equals(avoided)
          && backend.probe(plan, shape) instanceof Support.Accepted accepted) {
        return Optional.of(bound(plan, backend, accepted, List.of()));
      }
    }
    return Optional.empty();
  }

  private BoundKernel bound(
      LayerPlan plan, ComputeBackend backend, Support.Accepted accepted, List<String> rejections) {
    BoundKernel kernel =
        new BoundKernel(plan, backend, backend.compile(accepted, context), rejections, openIndexes);
    backends.use(backend);
    return kernel;
  }

  private void report(LayerPlan plan, ComputeBackend chosen, List<String> rejections) {
    for (String rejection : rejections) {
      if (!reported.add(chosen.spec().name() + rejection)) {
        continue;
      }
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} runs {1}, because of {2}",
          chosen.spec().name(),
          plan,
          rejection);
      BackendFallbackEvent event = new BackendFallbackEvent();
      event.plan = plan.toString();
      event.chosen = chosen.spec().name();
      event.reason = rejection;
      event.commit();
    }
  }
}
