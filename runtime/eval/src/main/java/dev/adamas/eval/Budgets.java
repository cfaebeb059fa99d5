package dev.adamas.eval;

import dev.adamas.api.Budget;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Reference;
import java.util.Optional;
import java.util.TreeMap;

/** Policies and their option {@code budget}. */
public final class Budgets {

  private static final String BUDGET = "budget";

  private Budgets() {}

  /** The policy with its budget set. */
  public static Reference set(Reference policy, String budget) {
    var options = new TreeMap<>(policy.options());
    options.put(BUDGET, budget);
    return new Reference(policy.id(), policy.version(), options);
  }

  /** The policy without a budget, so that its own default applies. */
  static Reference unset(Reference policy) {
    var options = new TreeMap<>(policy.options());
    options.remove(BUDGET);
    return new Reference(policy.id(), policy.version(), options);
  }

  /** The budget that is set on a policy, in its own words. */
  static String text(Reference policy) {
    return policy.options().getOrDefault(BUDGET, "");
  }

  /** The budget that is set on a policy. */
  public static Optional<Budget> of(Reference policy) {
    return Optional.ofNullable(policy.options().get(BUDGET)).map(Budget::parse);
  }

  /** Whether a policy has a budget at all. */
  public static boolean has(Catalogue catalogue, Reference policy) {
    return catalogue.of(Catalogue.Kind.POLICY).stream()
        .filter(component -> component.id().equals(policy.id()))
        .anyMatch(
            component -> component.parameters().stream().anyMatch(p -> p.name().equals(BUDGET)));
  }
}
