package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Tail;
import java.util.HashSet;
import java.util.Set;

/** Which class loaders the parts of a policy, a plan or a kernel come from. */
final class PluginParts {

  private PluginParts() {}

  /** The loaders of everything that a binding runs. */
  static Set<ClassLoader> loaders(Binding binding) {
    Set<ClassLoader> loaders = new HashSet<>();
    add(loaders, binding.policy());
    binding.kernels().distinct().forEach(kernel -> add(loaders, kernel));
    return loaders;
  }

  /** The loaders of a policy and of those that it is made of. */
  static Set<ClassLoader> loaders(AttentionPolicy policy) {
    Set<ClassLoader> loaders = new HashSet<>();
    add(loaders, policy);
    return loaders;
  }

  /** The loaders of everything that a kernel runs. */
  static Set<ClassLoader> loaders(BoundKernel kernel) {
    Set<ClassLoader> loaders = new HashSet<>();
    add(loaders, kernel);
    return loaders;
  }

  /** The loaders of the stages of a plan. */
  static Set<ClassLoader> loaders(LayerPlan plan) {
    Set<ClassLoader> loaders = new HashSet<>();
    add(loaders, plan);
    return loaders;
  }

  private static void add(Set<ClassLoader> loaders, AttentionPolicy policy) {
    add(loaders, (Object) policy);
    if (policy instanceof LayeredPolicy layered) {
      add(loaders, layered.base());
      layered.parts().forEach(part -> add(loaders, part.policy()));
    }
  }

  private static void add(Set<ClassLoader> loaders, BoundKernel kernel) {
    add(loaders, kernel.plan());
    add(loaders, (Object) kernel.computedBy());
    add(loaders, (Object) kernel.kernel());
  }

  private static void add(Set<ClassLoader> loaders, LayerPlan plan) {
    if (!(plan instanceof LayerPlan.Sparse sparse)) {
      return; // made of numbers
    }
    Pipeline pipeline = sparse.pipeline();
    add(loaders, (Object) pipeline.transform());
    add(loaders, (Object) pipeline.quantizer());
    add(loaders, (Object) pipeline.distance());
    add(loaders, (Object) pipeline.selector());
    if (sparse.tail() instanceof Tail.PageMeans tail) {
      tail.residual()
          .ifPresent(
              residual -> {
                add(loaders, (Object) residual.transform());
                add(loaders, (Object) residual.quantizer());
              });
    }
  }

  private static void add(Set<ClassLoader> loaders, Object part) {
    ClassLoader loader = part.getClass().getClassLoader();
    if (loader != null) { // the JDK's own
      loaders.add(loader);
    }
  }
}
