package dev.adamas.tck;

import static dev.adamas.tck.BackendMutants.oracle;
import static dev.adamas.tck.BackendMutants.plansCaught;
import static dev.adamas.tck.BackendMutants.with;

import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Selector;
import org.junit.jupiter.api.Test;

/** Backends that select wrongly are caught by the check that looks there. */
class SelectionMutationTest {

  @Test
  void nothingIsWrongWithTheScalarBackendItself() {
    Mutants.allPass(BackendMutants.checks(BrokenBackend::new));
  }

  @Test
  void tiesToTheHighestPosition() {
    plansCaught(
        plan -> {
          Pipeline p = plan.pipeline();
          Selector wrong = new BrokenSelectors.HighTies(p.selector());
          return new LayerPlan.Sparse(
              new Pipeline(p.transform(), p.quantizer(), p.distance(), wrong),
              plan.budget(),
              plan.sinks(),
              plan.recent(),
              plan.groupRule(),
              plan.screen(),
              plan.tail());
        },
        "ties-lowest-first",
        oracle());
  }

  @Test
  void oneTokenMoreThanTheBudget() {
    plansCaught(
        plan ->
            plan.budget() instanceof Budget.Tokens(int tokens)
                ? plan.withBudget(
                    new Budget.Tokens(tokens + plan.pipeline().quantizer().rowsPerCode()))
                : plan,
        "budget",
        oracle());
  }

  @Test
  void forcedTokensLeftToChance() {
    plansCaught(plan -> with(plan, plan.budget(), 0, 0), "forced-tokens", oracle());
  }

  @Test
  void oneSelectionForAllHeads() {
    plansCaught(
        plan ->
            new LayerPlan.Sparse(
                plan.pipeline(),
                plan.budget(),
                plan.sinks(),
                plan.recent(),
                LayerPlan.GroupRule.SHARED,
                plan.screen(),
                plan.tail()),
        "group-rule",
        oracle());
  }

  @Test
  void otherPlansThanAskedFor() {
    plansCaught(
        plan ->
            plan.budget() instanceof Budget.Tokens(int tokens)
                ? plan.withBudget(
                    new Budget.Tokens(tokens - plan.pipeline().quantizer().rowsPerCode()))
                : plan,
        "same-selection",
        oracle());
  }
}
