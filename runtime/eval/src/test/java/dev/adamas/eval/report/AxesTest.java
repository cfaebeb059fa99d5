package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class AxesTest {

  private static List<String> labels(Axis axis) {
    return axis.ticks().stream().map(Axis.Tick::label).toList();
  }

  @Test
  void showsSharesInFifths() {
    assertThat(labels(Axes.shares("score", new double[] {0.3, 1})))
        .containsExactly("0 %", "20 %", "40 %", "60 %", "80 %", "100 %");
  }

  @Test
  void labelsTheBudgetsThatWereAsked() {
    double[] budgets = {16, 64, 1024};
    assertThat(
            labels(Axes.ofTokens("budget", budgets, budgets, 0.1, v -> Integer.toString((int) v))))
        .containsExactly("16", "64", "1024");
  }

  @Test
  void leavesOutLabelsThatWouldTouch() {
    double[] budgets = {100, 101, 200, 400};
    assertThat(labels(Axes.ofTokens("budget", budgets, budgets, 0.1, Figures::plain)))
        .containsExactly("100", "200", "400");
  }

  @Test
  void labelsPointsAndRoundValuesWhereBudgetsAreTooFew() {
    double[] places = {51, 62, 64, 99, 133, 147};
    assertThat(
            labels(
                Axes.ofTokens("budget", places, new double[] {64}, ChartSvg.LABEL_X, v -> "" + v)))
        .containsExactly("51.0", "64.0", "99.0", "133.0");
    double[] contexts = {4096, 8192};
    assertThat(
            labels(
                Axes.ofTokens(
                    "context", contexts, contexts, ChartSvg.LABEL_X, v -> Figures.tokens((int) v))))
        .containsExactly("4K", "6K", "8K");
    assertThat(
            labels(
                Axes.ofTokens(
                    "one", new double[] {64}, new double[] {64}, ChartSvg.LABEL_X, v -> "" + v)))
        .containsExactly("64.0");
  }

  @Test
  void stretchesAroundZero() {
    assertThat(labels(Axes.percentAroundZero("loss", new double[] {0.1, 250}, 0.085)))
        .containsExactly("0 %", "+1 %", "+3 %", "+10 %", "+30 %", "+100 %", "+300 %");
  }

  @Test
  void putsAnyValuesAndSpacedTicksOnTheAxis() {
    var random = new Random(7);
    for (int i = 0; i < 500; i++) {
      double base = Math.exp(random.nextDouble(-3, 18));
      double[] values =
          random.doubles(1 + random.nextInt(6)).map(v -> base * (1 + 30 * v * v)).toArray();
      check(Axes.logarithmic("x", values, 0.1, Figures::plain), values);
      check(Axes.logarithmic("x", values, ChartSvg.LABEL_X, Figures::plain), values);
      double[] tokens = DoubleStream.of(values).map(v -> 64 + 16 * Math.rint(v)).toArray();
      check(Axes.ofTokens("x", tokens, tokens, ChartSvg.LABEL_X, Figures::plain), tokens);
      double[] losses = random.doubles(4, -2, Math.exp(random.nextDouble(9))).toArray();
      check(Axes.percentAroundZero("x", losses, 0.08), losses);
    }
  }

  private static void check(Axis axis, double[] values) {
    for (double value : values) {
      assertThat(axis.at(value)).isBetween(0.0, 1.0);
    }
    if (DoubleStream.of(values).distinct().count() > 1) {
      assertThat(axis.ticks()).as("%s", values).hasSizeGreaterThanOrEqualTo(3);
    }
    assertThat(axis.ticks()).isNotEmpty();
    for (int i = 0; i < axis.ticks().size(); i++) {
      double at = axis.at(axis.ticks().get(i).value());
      assertThat(at).isBetween(-1e-9, 1 + 1e-9);
      if (i > 0) {
        assertThat(at - axis.at(axis.ticks().get(i - 1).value())).isGreaterThan(0.079);
      }
    }
  }
}
