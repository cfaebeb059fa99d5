package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ListCommandTest {

  @Test
  void listsWhatConfigurationCanName() {
    var console = new Captured("");
    assertThat(console.run("list")).isZero();
    assertThat(console.out())
        .containsPattern("\n  adamas@1 ")
        .containsPattern("\n  adamas-dot@1 ")
        .containsPattern("\n  quest@1 ")
        .containsPattern("\n  hadamard@1 ")
        .containsPattern("\n  top-k@1 ")
        .containsPattern("\n  scalar@1 ")
        .containsPattern("\n  \\S+ \\S+ from .*adamas-policy")
        .doesNotContain("budget=");
    assertThat(console.err()).isEmpty();
  }

  @Test
  void listsParametersWhenAsked() {
    var console = new Captured("");
    assertThat(console.run("list", "--parameters")).isZero();
    assertThat(console.out())
        .contains("budget=128  (tokens, share such as 5%, or top-p:0.9)")
        .contains("bits=2  (1 to 3)")
        .contains("group=per-query-head  (per-query-head, shared)")
        .contains("distance=code-dot@1  (distance)");
  }
}
