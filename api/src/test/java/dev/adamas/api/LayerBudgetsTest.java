package dev.adamas.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LayerBudgetsTest {

  @Test
  void readsWhatItWrites() {
    String text = "0-1:all,2-7:64,9:5.0%:64:1024,12:top-p:0.9:256";
    LayerBudgets budgets = LayerBudgets.parse(" 0-1:all, 2-7:64, 9:5%:64:1024,12:top-p:0.9:256 ");
    assertThat(budgets.text()).isEqualTo(text);
    assertThat(LayerBudgets.parse(text)).isEqualTo(budgets);
    assertThat(budgets.ranges().get(2))
        .isEqualTo(new LayerBudgets.Range(9, 9, Optional.of(new Budget.Fraction(0.05, 64, 1024))));
    assertThat(LayerBudgets.parse("none")).isEqualTo(new LayerBudgets(List.of()));
    assertThat(LayerBudgets.parse("none").text()).isEqualTo("none");
  }

  @Test
  void changesBudgetsAndLeavesDenseLayers() {
    assertThat(LayerBudgets.parse("0:all,1:8").map(_ -> new Budget.Tokens(48)).text())
        .isEqualTo("0:all,1:48");
  }

  @Test
  void refusesWhatIsNoBudgetOfALayer() {
    for (String wrong : new String[] {"", "64", "2-:64", "a:64", "1:64,", "-1:64"}) {
      assertThatThrownBy(() -> LayerBudgets.parse(wrong))
          .hasMessageContaining("is no budget of a layer; write 0-1:all,2-7:64 or none.");
    }
    assertThatThrownBy(() -> LayerBudgets.parse("1:many")).hasMessageContaining("not a budget");
    assertThatThrownBy(() -> LayerBudgets.parse("3-2:64")).hasMessageContaining("are no range");
    assertThatThrownBy(() -> LayerBudgets.parse("0-3:64,3:8"))
        .hasMessage("Layers 0-3 and 3 overlap; give each layer one budget.");
  }
}
