package dev.adamas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.util.Map;
import java.util.Optional;
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

  @Test
  void theTailIsOnAsAWhole() {
    AttentionPolicy policy = Rows.STAGES.policy("adamas-tail", Map.of());
    assertThat(policy.plan(1, SHAPE)).isEqualTo(new LayerPlan.Dense());
    LayerPlan.Sparse plan = sparse(policy);
    assertThat(plan.budget()).isEqualTo(new Budget.Tokens(64));
    assertThat(plan.needsCalibration()).isTrue();
    assertThat(plan.pipeline().spec())
        .isEqualTo(
            "hadamard@1 > bucket@1(bits=2,c=0.9816,center=true,levels=lloyd-max,scale=debias,"
                + "thresholds=sigma) > asymmetric@1(query=int4) > top-k@1");
    Tail.PageMeans means = (Tail.PageMeans) plan.tail();
    assertThat(means.pageTokens()).isEqualTo(64);
    assertThat(means.correction()).isTrue();
    Tail.Residual residual = means.residual().orElseThrow();
    assertThat(residual)
        .hasToString(
            "hadamard@1 > bucket@1(bits=1,center=false,levels=lloyd-max,scale=debias,"
                + "thresholds=sigma), keys too, for 1.5625%:512:4096");
    // An eighth of a byte per coordinate and one fp16.
    assertThat(residual.quantizer().codeBytes(128)).isEqualTo(18);
    assertThat(residual.tokens().limit(4096)).isEqualTo(512);
    assertThat(residual.tokens().limit(32768)).isEqualTo(512);
    assertThat(residual.tokens().limit(65536)).isEqualTo(1024);
    assertThat(plan).isEqualTo(sparse(Rows.STAGES.policy("adamas-tail", Map.of())));
  }

  @Test
  void everyPartOfTheTailCanBeSwitchedOffOrReplaced() {
    assertThat(sparse(Rows.STAGES.policy("adamas-tail", Map.of("tail", "false"))).tail())
        .isEqualTo(new Tail.None());
    Map<String, String> parts =
        Map.of(
            "tail-page", "16",
            "correction", "false",
            "residual", "false",
            "distance", "code-dot",
            "group", "shared",
            "budget", "top-p:0.8:256");
    LayerPlan.Sparse plan = sparse(Rows.STAGES.policy("adamas-tail", parts));
    assertThat(plan.tail()).isEqualTo(new Tail.PageMeans(16, false, Optional.empty()));
    assertThat(plan.groupRule()).isEqualTo(LayerPlan.GroupRule.SHARED);
    assertThat(plan.budget()).isEqualTo(new Budget.TopP(0.8, 256));
    Map<String, String> codes =
        Map.of(
            "residual-keys", "false",
            "residual-tokens", "100",
            "residual-transform", "identity",
            "residual-quantizer", "bucket(bits=2,scale=norm)");
    Tail.PageMeans means = (Tail.PageMeans) sparse(Rows.STAGES.policy("adamas-tail", codes)).tail();
    assertThat(means.residual().orElseThrow().tokens()).isEqualTo(new Budget.Tokens(100));
    assertThat(means.residual().orElseThrow().refinesKeys()).isFalse();
    assertThat(means.residual().orElseThrow().spec())
        .startsWith("identity@1 > bucket@1(bits=2,")
        .contains("scale=norm")
        .endsWith(") for 100");
  }

  @Test
  void tailsThatCannotWorkAreRefused() {
    assertThatThrownBy(() -> Rows.STAGES.policy("adamas-tail", Map.of("distance", "manhattan")))
        .hasMessage(
            "Tail compensation needs a distance that estimates the logit; manhattan@1 only ranks;"
                + " set another distance or no tail.");
    assertThatThrownBy(
            () -> Rows.STAGES.policy("adamas-tail", Map.of("residual-quantizer", "bucket")))
        .hasMessageContaining("needs no calibration; bucket@1(")
        .hasMessageEndingWith("does not.");
    assertThatThrownBy(
            () -> Rows.STAGES.policy("adamas-tail", Map.of("residual-tokens", "top-p:0.5")))
        .hasMessageContaining("not the top-p budget");
    assertThatThrownBy(() -> Rows.STAGES.policy("adamas-tail", Map.of("page", "64")))
        .hasMessageContaining("tail-page");
  }

  @Test
  void layersHaveBudgetsOfTheirOwn() {
    for (String id : new String[] {"adamas", "adamas-dot", "adamas-tail"}) {
      AttentionPolicy policy =
          Rows.STAGES.policy(id, Map.of("layer-budgets", "1:8,3-4:10%,5:all", "budget", "32"));
      assertThat(policy.spec().params())
          .containsEntry("layer-budgets", "1:8,3-4:10.0%:1:2147483647,5:all");
      assertThat(policy.plan(0, SHAPE)).isEqualTo(new LayerPlan.Dense());
      assertThat(((LayerPlan.Sparse) policy.plan(1, SHAPE)).budget())
          .isEqualTo(new Budget.Tokens(8));
      assertThat(sparse(policy).budget()).isEqualTo(new Budget.Tokens(32));
      assertThat(policy.plan(4, SHAPE)).isEqualTo(sparse(policy).withBudget(Budget.parse("10%")));
      assertThat(policy.plan(5, SHAPE)).isEqualTo(new LayerPlan.Dense());
      assertThatThrownBy(() -> policy.plan(0, ModelShape.of(4, 4, 2, 64)))
          .hasMessage("layer-budgets: 3-4 goes beyond this model, which has layers 0 to 3.");
    }
    assertThatThrownBy(
            () -> Rows.STAGES.policy("adamas", Map.of("layer-budgets", "2:4", "sinks", "8")))
        .hasMessageContaining("exceed the budget of 4");
    assertThatThrownBy(() -> Rows.STAGES.policy("adamas", Map.of("layer-budgets", "2:top-p:0.9")))
        .hasMessageContaining("manhattan@1 only ranks");
  }
}
