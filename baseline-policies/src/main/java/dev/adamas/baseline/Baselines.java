package dev.adamas.baseline;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.util.List;

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
              Parameter.whole("budget", 128, 1, 1 << 30, "Tokens; at least three pages are taken."),
              TRANSFORM,
              Parameter.stage(
                  "quantizer", Quantizer.class, "page-min-max@1", "Bounds of each page's keys."),
              Parameter.stage(
                  "distance", Distance.class, "page-bound@1", "Upper bound on a page's products."),
              SELECTOR,
              DENSE_LAYERS),
          Baselines::quest);

  static final PolicyFactory ORACLE =
      new PolicyFactory(
          "oracle",
          1,
          "The tokens with the largest exact products; bounds every estimator, saves no memory.",
          List.of(
              Parameter.budget("budget", "128", "Tokens that a query may attend to."),
              TRANSFORM,
              Parameter.stage("quantizer", Quantizer.class, "rows@1", "The keys themselves."),
              Parameter.stage("distance", Distance.class, "inner-product@1", "Exact products."),
              SELECTOR,
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
    return layered("streaming-llm", settings, new LayerPlan.Window(sinks, budget - sinks));
  }

  private static AttentionPolicy quest(Settings settings) {
    Pipeline pipeline = pipeline(settings);
    // The page of the last token is always taken: recent = 1 forces it.
    int least = 3 * pipeline.quantizer().rowsPerCode();
    Budget budget = new Budget.Tokens(Math.max(least, settings.whole("budget")));
    return layered("quest", settings, sparse(pipeline, budget, 1));
  }

  private static AttentionPolicy oracle(Settings settings) {
    return layered("oracle", settings, sparse(pipeline(settings), settings.budget("budget"), 0));
  }

  private static Pipeline pipeline(Settings settings) {
    return new Pipeline(
        settings.stage("transform", Transform.class),
        settings.stage("quantizer", Quantizer.class),
        settings.stage("distance", Distance.class),
        settings.stage("selector", Selector.class));
  }

  private static LayerPlan sparse(Pipeline pipeline, Budget budget, int recent) {
    return new LayerPlan.Sparse(pipeline, budget, 0, recent, LayerPlan.GroupRule.PER_QUERY_HEAD);
  }

  private static AttentionPolicy layered(String id, Settings settings, LayerPlan plan) {
    return new LayeredPolicy(
        ComponentSpec.of(id, 1, settings.texts()), settings.whole("dense-layers"), plan);
  }
}
