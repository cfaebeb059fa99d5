package dev.adamas.policy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.util.List;

/**
 * Dense first layers, then selection by a pipeline whose every stage is a parameter, which is how
 * the ablations of arXiv 2510.18413 are run.
 */
record AdamasPolicy(ComponentSpec spec, int denseLayers, LayerPlan.Sparse sparse)
    implements AttentionPolicy {

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return layer < denseLayers ? new LayerPlan.Dense() : sparse;
  }

  /** A policy that differs from the others in its default distance. */
  static PolicyFactory factory(String id, String distance, String description) {
    return new PolicyFactory(
        id, 1, description, parameters(distance), settings -> create(id, settings));
  }

  private static List<Parameter> parameters(String distance) {
    return List.of(
        Parameter.budget("budget", "128", "Tokens that a query may attend to."),
        Parameter.stage("transform", Transform.class, "hadamard@1", "Transform of keys, queries."),
        Parameter.stage("quantizer", Quantizer.class, "bucket@1", "Turns keys into codes."),
        Parameter.stage("distance", Distance.class, distance, "Scores codes."),
        Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score."),
        Parameter.whole("sinks", 0, 0, 1 << 20, "First tokens that are always selected."),
        Parameter.whole("recent", 0, 0, 1 << 20, "Last tokens that are always selected."),
        Parameter.choice(
            "group",
            List.of("per-query-head", "shared"),
            "Whether the query heads of a KV head select separately or together."),
        Parameter.whole("dense-layers", 2, 0, 1 << 20, "First layers that attend densely."));
  }

  private static AdamasPolicy create(String id, Settings settings) {
    Budget budget = settings.budget("budget");
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    LayerPlan.GroupRule group =
        settings.text("group").equals("shared")
            ? LayerPlan.GroupRule.SHARED
            : LayerPlan.GroupRule.PER_QUERY_HEAD;
    return new AdamasPolicy(
        ComponentSpec.of(id, 1, settings.texts()),
        settings.whole("dense-layers"),
        new LayerPlan.Sparse(
            pipeline, budget, settings.whole("sinks"), settings.whole("recent"), group));
  }
}
