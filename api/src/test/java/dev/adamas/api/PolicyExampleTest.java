package dev.adamas.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyExampleTest {

  private static final Settings.StageLookup NO_STAGES =
      (kind, reference) -> {
        throw new IllegalArgumentException("no stages here");
      };

  private final PolicyFactory factory =
      new PolicyExample.LateWindowProvider().policies().getFirst();

  @Test
  void plansByLayer() {
    Settings settings =
        Settings.of("test", factory.parameters(), Map.of("window", "32"), NO_STAGES);
    AttentionPolicy policy = factory.create().apply(settings);
    ModelShape shape = ModelShape.of(4, 4, 2, 64);
    assertThat(policy.spec()).hasToString("late-window@1(dense-layers=2,window=32)");
    assertThat(policy.plan(1, shape)).isEqualTo(new LayerPlan.Dense());
    assertThat(policy.plan(2, shape)).isEqualTo(new LayerPlan.Window(0, 32));
  }

  @Test
  void settingsReportEveryMistakeAtOnce() {
    assertThatThrownBy(
            () ->
                Settings.of(
                    "policy late-window@1",
                    factory.parameters(),
                    Map.of("windows", "3", "window", "many", "dense-layers", "-1"),
                    NO_STAGES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "policy late-window@1: 'windows' is unknown; it has dense-layers, window; dense-layers: -1 is not between 0 and"
                + " 1000; window: 'many' is not a whole number");
  }
}
