package dev.adamas.conformance;

import java.util.Set;

/**
 * Ids of policies and backends.
 *
 * @param policies without versions
 * @param backends without versions
 */
record Names(Set<String> policies, Set<String> backends) {

  static final Names NONE = new Names(Set.of(), Set.of());

  Names {
    policies = Set.copyOf(policies);
    backends = Set.copyOf(backends);
  }
}
