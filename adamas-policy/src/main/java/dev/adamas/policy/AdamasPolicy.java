package dev.adamas.policy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerBudgets;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Screen;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Dense first layers, then selection by a pipeline whose every stage is a parameter, which is how
 * the ablations of arXiv 2510.18413 are run.
 *
 * @param denseLayers first layers that attend densely where {@code budgets} says nothing else
 * @param sparse the plan of the other layers
 * @param budgets layers with a budget of their own
 */
record AdamasPolicy(
    ComponentSpec spec, int denseLayers, LayerPlan.Sparse sparse, LayerBudgets budgets)
    implements AttentionPolicy {

  /** Refuses a layer's budget that does not fit the plan. */
  AdamasPolicy {
    budgets.ranges().forEach(range -> range.budget().ifPresent(sparse::withBudget));
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    LayerPlan usual = layer < denseLayers ? new LayerPlan.Dense() : sparse;
    return budgets.plan(layer, shape, sparse, usual);
  }

  /** What a policy has where configuration says nothing. */
  private record Defaults(String budget, String quantizer, String distance) {}

  /** {@code adamas} and {@code adamas-dot}: they differ in their default distance. */
  static PolicyFactory factory(String id, String distance, String description) {
    Defaults defaults = new Defaults("128", "bucket@1", distance);
    return new PolicyFactory(
        id,
        1,
        description,
        parameters(defaults),
        settings -> create(id, settings, new Tail.None()));
  }

  /** {@code adamas-tail}: nothing is ignored. */
  static PolicyFactory tailFactory(String id, String description) {
    Defaults defaults = new Defaults("64", "bucket@1(center=true,scale=debias)", "asymmetric@1");
    List<Parameter> parameters = new ArrayList<>(parameters(defaults));
    parameters.addAll(TailSettings.PARAMETERS);
    return new PolicyFactory(
        id,
        1,
        description,
        parameters,
        settings -> create(id, settings, TailSettings.tail(settings)));
  }

  private static List<Parameter> parameters(Defaults defaults) {
    return List.of(
        Parameter.budget("budget", defaults.budget, "Tokens that a query may attend to."),
        LayerBudgets.parameter(),
        Parameter.stage("transform", Transform.class, "hadamard@1", "Transform of keys, queries."),
        Parameter.stage("quantizer", Quantizer.class, defaults.quantizer, "Turns keys into codes."),
        Parameter.stage("distance", Distance.class, defaults.distance, "Scores codes."),
        Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score."),
        Parameter.whole("sinks", 0, 0, 1 << 20, "First tokens that are always selected."),
        Parameter.whole("recent", 0, 0, 1 << 20, "Last tokens that are always selected."),
        LayerPlan.GroupRule.parameter(),
        Parameter.whole("dense-layers", 2, 0, 1 << 20, "First layers that attend densely."));
  }

  private static AdamasPolicy create(String id, Settings settings, Tail tail) {
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    LayerBudgets budgets = LayerBudgets.of(settings);
    Map<String, String> params = new TreeMap<>(settings.texts());
    params.put("layer-budgets", budgets.text());
    return new AdamasPolicy(
        ComponentSpec.of(id, 1, params),
        settings.whole("dense-layers"),
        new LayerPlan.Sparse(
            pipeline,
            settings.budget("budget"),
            settings.whole("sinks"),
            settings.whole("recent"),
            LayerPlan.GroupRule.of(settings),
            new Screen.None(),
            tail),
        budgets);
  }
}
