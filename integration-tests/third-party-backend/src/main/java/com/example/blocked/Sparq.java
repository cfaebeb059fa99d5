package com.example.blocked;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.util.List;

/**
 * {@code sparq@1}: the selection of SparQ attention (arXiv 2312.04985) over int8 keys. The paper
 * also adds the mean value for what is not selected; that is left out.
 */
record Sparq(ComponentSpec spec, int denseLayers, LayerPlan.Sparse sparse)
    implements AttentionPolicy {

  static final String ID = "sparq";

  static final List<Parameter> PARAMETERS =
      List.of(
          Parameter.budget("budget", "128", "Tokens that a query may attend to."),
          Parameter.stage("transform", Transform.class, "identity@1", "Applied to keys, queries."),
          Parameter.stage("quantizer", Quantizer.class, "int8@1", "Turns keys into codes."),
          Parameter.stage("distance", Distance.class, "sparse-query@1", "Scores codes."),
          Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score."),
          Parameter.whole("sinks", 0, 0, 1 << 20, "First tokens that are always selected."),
          Parameter.whole("recent", 16, 0, 1 << 20, "Last tokens that are always selected."),
          LayerPlan.GroupRule.parameter(),
          Parameter.whole("dense-layers", 1, 0, 1 << 20, "First layers that attend densely."));

  static Sparq of(Settings settings) {
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    return new Sparq(
        ComponentSpec.of(ID, 1, settings.texts()),
        settings.whole("dense-layers"),
        new LayerPlan.Sparse(
            pipeline,
            settings.budget("budget"),
            settings.whole("sinks"),
            settings.whole("recent"),
            LayerPlan.GroupRule.of(settings)));
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return layer < denseLayers ? new LayerPlan.Dense() : sparse;
  }
}
