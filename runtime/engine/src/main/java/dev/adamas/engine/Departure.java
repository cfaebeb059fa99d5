package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.LayerPlan;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says what classes of departing plugins made.
 *
 * @param loaders of the plugins that are about to go
 */
record Departure(Set<ClassLoader> loaders) {

  Departure {
    loaders = Set.copyOf(loaders);
  }

  /** Whether a binding has a policy, a stage or a kernel of theirs. */
  boolean made(Binding binding) {
    return made(binding.policy()) || binding.kernels().anyMatch(this::made);
  }

  boolean made(AttentionPolicy policy) {
    return isTheirs(policy)
        || (policy instanceof LayeredPolicy layered
            && (made(layered.base())
                || layered.parts().stream().anyMatch(part -> made(part.policy()))));
  }

  private boolean made(BoundKernel kernel) {
    return isTheirs(kernel.kernel()) || made(kernel.plan());
  }

  private boolean made(LayerPlan plan) {
    return isTheirs(plan)
        || (plan instanceof LayerPlan.Sparse sparse
            && Stream.of(
                    sparse.pipeline().transform(),
                    sparse.pipeline().quantizer(),
                    sparse.pipeline().distance(),
                    sparse.pipeline().selector())
                .anyMatch(this::isTheirs));
  }

  private boolean isTheirs(Object object) {
    ClassLoader loader = object.getClass().getClassLoader();
    return loader != null && loaders.contains(loader);
  }
}
