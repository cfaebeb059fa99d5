package dev.adamas.cli;

import dev.adamas.api.Budget;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Reference;
import java.util.Optional;
import java.util.TreeMap;

/** Policies and their option {@code budget}. */
final class Budgets {

  private static final String BUDGET = "budget";

  private Budgets() {}

  /** The policy with its budget set. */
  static Reference set(Reference policy, String budget) {
    var options = new TreeMap<>(policy.options());
    options.put(BUDGET, budget);
    return new Reference(policy.id(), policy.version(), options);
  }

  /** The budget that is set on a policy. */
  static Optional<Budget> of(Reference policy) {
    return Optional.ofNullable(policy.options().get(BUDGET)).map(Budget::parse);
  }

  /** Whether a policy has a budget at all. */
  static boolean has(Catalogue catalogue, Reference policy) {
    return catalogue.of(Catalogue.Kind.POLICY).stream()
        .filter(component -> component.id().equals(policy.id()))
        .anyMatch(
            component -> component.parameters().stream().anyMatch(p -> p.name().equals(BUDGET)));
  }
}
