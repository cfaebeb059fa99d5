package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import java.util.function.Supplier;

/**
 * A policy that is made when it is needed, so that nothing refers to a plugin that has gone.
 *
 * @param name for messages
 * @param maker makes it anew from the plugins that are there
 * @param fixed whether it is an object of the host's, which no catalogue can make anew
 */
record PolicyChoice(String name, Supplier<AttentionPolicy> maker, boolean fixed) {

  /** An object of the host's. */
  static PolicyChoice of(AttentionPolicy policy) {
    return new PolicyChoice(policy.spec().toString(), () -> policy, true);
  }

  AttentionPolicy policy() {
    return maker.get();
  }
}
