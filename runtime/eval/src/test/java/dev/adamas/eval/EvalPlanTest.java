package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.eval.task.TaskOptions;
import dev.adamas.model.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvalPlanTest {

  private static EvalPlan plan(String task, String policy, String budget, int context) {
    return new EvalPlan(
        List.of(task),
        List.of(Reference.parse(policy)),
        List.of(budget),
        List.of(context),
        1,
        1,
        TaskOptions.defaults());
  }

  @Test
  void refusesPlansThatDoNotFit() {
    try (Engine engine = Engine.create(EngineConfig.defaults());
        Model model = Model.embedded(engine)) {
      assertThatThrownBy(() -> Evaluation.of(model, plan("passkey", "full", "64", 40000)))
          .hasMessage("The model's context is 32768 tokens; 40000 are too many.");
      assertThatThrownBy(() -> Evaluation.of(model, plan("passkey", "full", "64", 100)))
          .hasMessage("passkey needs a context of at least 256 tokens; 100 are too few.");
      assertThatThrownBy(() -> Evaluation.of(model, plan("passkey", "nonsense", "64", 512)))
          .hasMessageStartingWith("There is no policy 'nonsense'; there are ");
      assertThatThrownBy(() -> Evaluation.of(model, plan("passkey", "quest", "many", 512)))
          .hasMessageStartingWith("'many' is not a budget;");
      assertThatThrownBy(() -> Evaluation.of(model, plan("passkey", "streaming-llm", "4", 512)))
          .hasMessageContaining("leaves no recent token");
    }
    assertThatThrownBy(() -> Shard.parse("3/2"))
        .hasMessage("There is no shard 3 of 2; the first is 0/2.");
    assertThatThrownBy(() -> Shard.parse("a"))
        .hasMessage("'a' is no shard; write 0/4 for the first of four.");
  }

  @Test
  void everyPresetIsAPlan() {
    try (Engine engine = Engine.create(EngineConfig.defaults());
        Model model = Model.embedded(engine)) {
      for (Preset preset : Preset.all()) {
        EvalPlan plan =
            new EvalPlan(
                preset.tasks(),
                preset.policies(),
                preset.budgets(),
                preset.contexts(),
                preset.samples(),
                1,
                TaskOptions.defaults());
        assertThat(Evaluation.of(model, plan).notices()).isEmpty();
        assertThat(Preset.named(preset.name())).isEqualTo(preset);
      }
    }
    assertThatThrownBy(() -> Preset.named("none"))
        .hasMessage(
            "There is no preset 'none'; there are paper-budgets, ablation-hadamard, ablation-bits,"
                + " ablation-distance, all.");
  }
}
