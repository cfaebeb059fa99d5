package dev.adamas.eval;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ModelShape;
import dev.adamas.engine.Engine;
import dev.adamas.engine.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * A policy with a budget, as results name them.
 *
 * @param policy the policy without its budget
 * @param budget the budget in text; {@link #ALL} where the policy has none
 * @param attention does the work
 * @param fingerprint of its plans on the model
 */
record Contestant(String policy, String budget, AttentionPolicy attention, String fingerprint) {

  /** The policy that every other one is compared with. */
  static final String FULL = "full";

  /** The budget of policies without one. */
  static final String ALL = "all";

  /**
   * Every policy at every budget; policies without a budget, and those that bring their own, once.
   * Full attention is always among them, first unless it is asked for elsewhere.
   *
   * @throws IllegalArgumentException where a policy or budget does not exist or they do not fit
   */
  static List<Contestant> of(EvalPlan plan, Engine engine, ModelShape shape) {
    plan.budgets().forEach(Budget::parse);
    List<Reference> policies = new ArrayList<>(plan.policies());
    if (policies.stream().noneMatch(policy -> policy.id().equals(FULL))) {
      policies.addFirst(Reference.of(FULL));
    }
    List<Contestant> contestants = new ArrayList<>();
    for (Reference policy : policies) {
      engine.policy(policy); // names what exists where this does not
      if (!Budgets.has(engine.catalogue(), policy)) {
        String name = policy.id().equals(FULL) ? FULL : policy.toString();
        add(contestants, name, ALL, engine.policy(policy), shape);
      } else if (Budgets.of(policy).isPresent()) {
        String name = Budgets.unset(policy).toString();
        add(contestants, name, Budgets.text(policy), engine.policy(policy), shape);
      } else {
        for (String budget : plan.budgets()) {
          AttentionPolicy attention = engine.policy(Budgets.set(policy, budget));
          add(contestants, policy.toString(), budget, attention, shape);
        }
      }
    }
    return List.copyOf(contestants);
  }

  /** Adds one that is not there yet. */
  private static void add(
      List<Contestant> contestants,
      String policy,
      String budget,
      AttentionPolicy attention,
      ModelShape shape) {
    if (contestants.stream()
        .noneMatch(other -> other.policy.equals(policy) && other.budget.equals(budget))) {
      contestants.add(new Contestant(policy, budget, attention, Fingerprints.of(attention, shape)));
    }
  }
}
