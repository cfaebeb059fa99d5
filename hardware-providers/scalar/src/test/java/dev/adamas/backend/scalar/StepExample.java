package dev.adamas.backend.scalar;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.function.Function;

/** The example of the package documentation, compiled and run by {@link ScalarKernelTest}. */
final class StepExample {

  private StepExample() {}

  // @start region="step"
  /** Attends once over a cache that holds the prompt and the new token. */
  static void attend(
      ComputeBackend backend,
      LayerPlan plan,
      KvView cache,
      KernelContext context,
      Function<SelectionIndex, Kernel.Batch> batch,
      StepProbe probe) {
    switch (backend.probe(plan, cache.shape())) {
      case Support.Rejected(var reasons) ->
          throw new IllegalArgumentException(String.join(" ", reasons));
      case Support.Accepted accepted -> {
        // Worker threads write the index, so the arena is one that all threads may use.
        try (Arena arena = Arena.ofShared();
            Kernel kernel = backend.compile(accepted, context)) {
          SelectionIndex index = kernel.open(arena);
          kernel.append(cache, index, 0, cache.length());
          kernel.attend(batch.apply(index), probe);
        }
      }
    }
  }
  // @end
}
