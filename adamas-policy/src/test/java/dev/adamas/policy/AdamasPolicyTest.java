package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamasPolicyTest {

  private static final ModelShape SHAPE = ModelShape.of(6, 4, 2, 64);

  private static LayerPlan.Sparse sparse(AttentionPolicy policy) {
    return (LayerPlan.Sparse) policy.plan(2, SHAPE);
  }

  @Test
  void theDefaultsAreThePublishedMethod() {
    AttentionPolicy policy = Rows.STAGES.policy("adamas", Map.of());
    assertThat(policy.plan(0, SHAPE)).isEqualTo(new LayerPlan.Dense());
    assertThat(policy.plan(1, SHAPE)).isEqualTo(new LayerPlan.Dense());
    LayerPlan.Sparse plan = sparse(policy);
    assertThat(plan.budget()).isEqualTo(new Budget.Tokens(128));
    assertThat(plan.groupRule()).isEqualTo(LayerPlan.GroupRule.PER_QUERY_HEAD);
    assertThat(plan.pipeline().spec())
        .isEqualTo(
            "hadamard@1 > bucket@1(bits=2,c=0.9816,center=false,levels=lloyd-max,scale=none,"
                + "thresholds=sigma) > manhattan@1 > top-k@1");
    assertThat(sparse(Rows.STAGES.policy("adamas-dot", Map.of())).pipeline().distance().spec())
        .hasToString("code-dot@1");
  }

  @Test
  void everyStageCanBeReplaced() {
    AttentionPolicy policy =
        AblationExample.withoutHadamard(new AdamasProvider(), Rows.STAGES::stage);
    LayerPlan.Sparse plan = sparse(policy);
    assertThat(plan.pipeline().transform().spec()).hasToString("identity@1");
    assertThat(plan.pipeline().quantizer().spec().params()).containsEntry("bits", "3");
    assertThat(plan.budget()).isEqualTo(new Budget.Fraction(0.05, 1, Integer.MAX_VALUE));
  }

  @Test
  void combinationsThatCannotWorkAreRefused() {
    assertThatThrownBy(() -> Rows.STAGES.policy("adamas", Map.of("budget", "top-p:0.9")))
        .hasMessage(
            "A top-p budget needs a distance that estimates the logit; manhattan@1 only ranks; set a number or a share of tokens, or another distance.");
    assertThatThrownBy(
            () -> Rows.STAGES.policy("adamas", Map.of("budget", "8", "sinks", "4", "recent", "5")))
        .hasMessageContaining("exceed the budget of 8");
  }
}
