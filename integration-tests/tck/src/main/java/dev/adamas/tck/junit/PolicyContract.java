package dev.adamas.tck.junit;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.tck.Check;
import dev.adamas.tck.PolicyChecks;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a policy must do. Extend it with one method:
 *
 * {@snippet :
 * class MyPolicyTest extends PolicyContract {
 *   @Override
 *   protected AttentionPolicy policy() {
 *     return Components.builtIn().with(List.of(new MyProvider())).policy("my-policy(budget=64)");
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class PolicyContract {

  /** For subclasses. */
  protected PolicyContract() {}

  /** Makes the policy, with the same settings at each call. */
  protected abstract AttentionPolicy policy();

  private List<Check> checks() {
    return PolicyChecks.of(this::policy);
  }

  /** Has a spec and plans that depend on its settings alone. */
  @Test
  public final void sameSettingsSameSpec() {
    Run.named(checks(), "same-settings-same-spec");
  }

  /**
   * Gives every layer of every shape a plan, or says in an IllegalArgumentException why it does not
   * fit.
   */
  @Test
  public final void plansEveryLayer() {
    Run.named(checks(), "plans-every-layer");
  }

  /** Gives the same plan however often it is asked, and in whatever order. */
  @Test
  public final void planIsPure() {
    Run.named(checks(), "plan-is-pure");
  }

  /** Gives the same plans when several threads ask at once. */
  @Test
  public final void planInParallel() {
    Run.named(checks(), "plan-in-parallel");
  }

  /** Gives plans that the scalar backend runs, or rejects in full sentences. */
  @Test
  public final void plansRun() {
    Run.named(checks(), "plans-run");
  }

  /** Gives plans that never let a query see more tokens than their budget. */
  @Test
  public final void budget() {
    Run.named(checks(), "budget");
  }

  /** Starts no thread that outlives its calls. */
  @Test
  public final void leavesNoThread() {
    Run.named(checks(), "leaves-no-thread");
  }
}
