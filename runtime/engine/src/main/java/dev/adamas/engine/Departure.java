package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import java.util.Collections;
import java.util.Set;

/**
 * Says what classes of departing plugins made.
 *
 * @param loaders of the plugins that are about to go
 */
record Departure(Set<ClassLoader> loaders) {

  Departure {
    loaders = Set.copyOf(loaders);
  }

  /** Whether a binding has a policy, a stage, a kernel or a backend of theirs. */
  boolean made(Binding binding) {
    return !Collections.disjoint(loaders, PluginParts.loaders(binding));
  }

  boolean made(AttentionPolicy policy) {
    return !Collections.disjoint(loaders, PluginParts.loaders(policy));
  }
}
