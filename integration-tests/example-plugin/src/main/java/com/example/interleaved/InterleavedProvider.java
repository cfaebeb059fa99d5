package com.example.interleaved;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Parameter;
import dev.adamas.api.Pipeline;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.util.List;

/** The entry point: names what the plugin offers, creates nothing before it is asked. */
public final class InterleavedProvider implements Provider {

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "interleaved";
  }

  @Override
  public String version() {
    return "1.0.0";
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(
        new PolicyFactory(
            "interleaved",
            1,
            "Every n-th layer attends densely, the layers between select.",
            List.of(
                Parameter.whole("every", 4, 2, 1000, "Distance between dense layers."),
                Parameter.budget("budget", "128", "Tokens that a query may attend to."),
                Parameter.stage(
                    "transform", Transform.class, "hadamard@1", "Applied to keys, queries."),
                Parameter.stage("quantizer", Quantizer.class, "bucket@1", "Turns keys into codes."),
                Parameter.stage("distance", Distance.class, "code-dot@1", "Scores codes."),
                Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score.")),
            InterleavedProvider::create));
  }

  private static Interleaved create(Settings settings) {
    // A stage of another plugin is named, never linked: the engine finds it.
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            settings.stage("quantizer", Quantizer.class),
            settings.stage("distance", Distance.class),
            settings.stage("selector", Selector.class));
    return new Interleaved(
        ComponentSpec.of("interleaved", 1, settings.texts()),
        settings.whole("every"),
        new LayerPlan.Sparse(
            pipeline, settings.budget("budget"), 0, 0, LayerPlan.GroupRule.PER_QUERY_HEAD));
  }
}
