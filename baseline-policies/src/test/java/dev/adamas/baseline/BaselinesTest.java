package dev.adamas.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.it.fixtures.Components;
import dev.adamas.policy.AdamasProvider;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BaselinesTest {

  private static final Components COMPONENTS =
      Components.of(new BaselineProvider(), new AdamasProvider());
  private static final ModelShape SHAPE = ModelShape.of(6, 4, 2, 64);

  private static AttentionPolicy policy(String id, Map<String, String> settings) {
    return COMPONENTS.policy(id, settings);
  }

  @Test
  void fullIsDenseEverywhere() {
    AttentionPolicy full = policy("full", Map.of());
    assertThat(full.spec()).hasToString("full@1");
    assertThat(full.plan(5, SHAPE)).isEqualTo(new LayerPlan.Dense());
  }

  @Test
  void streamingKeepsSinksInsideTheBudget() {
    AttentionPolicy streaming = policy("streaming-llm", Map.of("budget", "64"));
    assertThat(streaming.plan(1, SHAPE)).isEqualTo(new LayerPlan.Dense());
    assertThat(streaming.plan(2, SHAPE)).isEqualTo(new LayerPlan.Window(4, 60));
    assertThatThrownBy(() -> policy("streaming-llm", Map.of("budget", "4")))
        .hasMessage(
            "streaming-llm@1: budget=4 leaves no recent token beside sinks=4; raise the budget or lower"
                + " the sinks.");
  }

  @Test
  void questTakesAtLeastThreePagesAndTheLast() {
    LayerPlan.Sparse plan =
        (LayerPlan.Sparse) policy("quest", Map.of("budget", "16")).plan(2, SHAPE);
    assertThat(plan.budget()).isEqualTo(new Budget.Tokens(48));
    assertThat(plan.recent()).isEqualTo(1);
    assertThat(plan.pipeline().spec())
        .isEqualTo("identity@1 > page-min-max@1(page=16) > page-bound@1 > top-k@1");
  }

  @Test
  void pagesCanBeLarger() {
    AttentionPolicy quest =
        BaselineExample.questOfLargePages(new BaselineProvider(), COMPONENTS::stage);
    LayerPlan.Sparse plan = (LayerPlan.Sparse) quest.plan(2, SHAPE);
    assertThat(plan.pipeline().quantizer().rowsPerCode()).isEqualTo(32);
    assertThat(plan.budget()).isEqualTo(new Budget.Tokens(128));
  }

  @Test
  void oracleRanksByExactProducts() {
    LayerPlan.Sparse plan =
        (LayerPlan.Sparse) policy("oracle", Map.of("budget", "top-p:0.9:64")).plan(2, SHAPE);
    assertThat(plan.budget()).isEqualTo(new Budget.TopP(0.9, 64));
    assertThat(plan.pipeline().spec()).isEqualTo("identity@1 > rows@1 > inner-product@1 > top-k@1");
  }

  @Test
  void groupsAndLayersCanDiffer() {
    for (String id : new String[] {"quest", "oracle"}) {
      AttentionPolicy policy =
          policy(
              id,
              Map.of(
                  "group", "shared",
                  "budget", "10%:100:200",
                  "layer-budgets", "0:all,3:64,4-5:5%"));
      LayerPlan.Sparse plan = (LayerPlan.Sparse) policy.plan(2, SHAPE);
      assertThat(plan.groupRule()).isEqualTo(LayerPlan.GroupRule.SHARED);
      assertThat(plan.budget()).isEqualTo(new Budget.Fraction(0.1, 100, 200));
      assertThat(policy.plan(0, SHAPE)).isEqualTo(new LayerPlan.Dense());
      assertThat(policy.plan(3, SHAPE)).isEqualTo(plan.withBudget(new Budget.Tokens(64)));
      int least = id.equals("quest") ? 48 : 1;
      assertThat(((LayerPlan.Sparse) policy.plan(5, SHAPE)).budget().limit(100))
          .isEqualTo(Math.max(least, 5));
    }
    assertThatThrownBy(() -> policy("quest", Map.of("budget", "top-p:0.9")))
        .hasMessage(
            "A top-p budget needs a distance that estimates the logit; page-bound@1 only ranks; set a"
                + " number or a share of tokens, or another distance.");
  }
}
