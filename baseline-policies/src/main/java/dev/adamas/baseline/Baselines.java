package dev.adamas.baseline;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerBudgets;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The baseline policies. */
final class Baselines {

  private static final Parameter DENSE_LAYERS =
      Parameter.whole("dense-layers", 2, 0, 1 << 20, "First layers that attend densely.");
  private static final Parameter TRANSFORM =
      Parameter.stage("transform", Transform.class, "identity@1", "Transform of keys, queries.");
  private static final Parameter SELECTOR =
      Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score.");

  private Baselines() {}

  static final PolicyFactory FULL =
      new PolicyFactory(
          "full",
          1,
          "Causal attention over every cached token.",
          List.of(),
          _ -> new LayeredPolicy(ComponentSpec.of("full", 1), 0, new LayerPlan.Dense()));

  static final PolicyFactory STREAMING_LLM =
      new PolicyFactory(
          "streaming-llm",
          1,
          "The first and the most recent tokens (arXiv 2309.17453), as a visibility rule.",
          List.of(
              Parameter.whole("budget", 128, 1, 1 << 30, "Tokens that a query attends to."),
              Parameter.whole("sinks", 4, 0, 1 << 30, "First tokens that stay visible."),
              DENSE_LAYERS),
          Baselines::streaming);

  static final PolicyFactory QUEST =
      new PolicyFactory(
          "quest",
          1,
          "Whole pages, ranked by an upper bound on their keys' products (arXiv 2406.10774).",
          List.of(
              Parameter.budget("budget", "128", "Tokens; at least three pages are taken."),
              LayerBudgets.parameter(),
              TRANSFORM,
              Parameter.stage(
                  "quantizer", Quantizer.class, "page-min-max@1", "Bounds of each page's keys."),
              Parameter.stage(
                  "distance", Distance.class, "page-bound@1", "Upper bound on a page's products."),
              SELECTOR,
              LayerPlan.GroupRule.parameter(),
              DENSE_LAYERS),
          Baselines::quest);

  static final PolicyFactory ORACLE =
      new PolicyFactory(
          "oracle",
          1,
          "The tokens with the largest exact products; bounds every estimator, saves no memory.",
          List.of(
              Parameter.budget("budget", "128", "Tokens that a query may attend to."),
              LayerBudgets.parameter(),
              TRANSFORM,
              Parameter.stage("quantizer", Quantizer.class, "rows@1", "The keys themselves."),
              Parameter.stage("distance", Distance.class, "inner-product@1", "Exact products."),
              SELECTOR,
              LayerPlan.GroupRule.parameter(),
              DENSE_LAYERS),
          Baselines::oracle);

  private static AttentionPolicy streaming(Settings settings) {
    int budget = settings.whole("budget");
    int sinks = settings.whole("sinks");
    if (budget <= sinks) {
      throw new IllegalArgumentException(
          "streaming-llm@1: budget=%d leaves no recent token beside sinks=%d; raise the budget or lower the sinks."
              .formatted(budget, sinks));
    }
    return new LayeredPolicy(
        ComponentSpec.of("streaming-llm", 1, settings.texts()),
        settings.whole("dense-layers"),
        new LayerPlan.Window(sinks, budget - sinks));
  }

  private static AttentionPolicy quest(Settings settings) {
    int least = 3 * settings.stage("quantizer", Quantizer.class).rowsPerCode();
    // The page of the last token is always taken: recent = 1 forces it.
    return sparse("quest", settings, 1, budget -> atLeast(least, budget));
  }

  private static AttentionPolicy oracle(Settings settings) {
    return sparse("oracle", settings, 0, UnaryOperator.identity());
  }

  private static Budget atLeast(int least, Budget budget) {
    return switch (budget) {
      case Budget.Tokens(int tokens) -> new Budget.Tokens(Math.max(least, tokens));
      case Budget.Fraction(double fraction, int min, int max) ->
          new Budget.Fraction(fraction, Math.max(least, min), Math.max(least, max));
      case Budget.TopP topP -> topP;
    };
  }

  private static AttentionPolicy sparse(
      String id, Settings settings, int recent, UnaryOperator<Budget> change) {
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    LayerBudgets budgets = LayerBudgets.of(settings);
    Map<String, String> params = new TreeMap<>(settings.texts());
    params.put("layer-budgets", budgets.text());
    return new SparsePolicy(
        ComponentSpec.of(id, 1, params),
        settings.whole("dense-layers"),
        new LayerPlan.Sparse(
            pipeline,
            change.apply(settings.budget("budget")),
            0,
            recent,
            LayerPlan.GroupRule.of(settings)),
        budgets.map(change));
  }
}
