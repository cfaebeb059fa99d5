package com.example.broken;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Screen;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;

/** {@code faulty@1}: all keys score the same, so the first tokens and the recent ones win. */
record FaultyPolicy(ComponentSpec spec, LayerPlan.Sparse sparse) implements AttentionPolicy {

  static final String ID = "faulty";

  private static final int BUDGET = 32;
  private static final int RECENT = 8;

  static FaultyPolicy of(Settings settings) {
    Fault fault = Fault.of(settings);
    if (fault.kind() == Fault.Kind.CRASHES) {
      throw new IllegalStateException("The policy broke while it was made.");
    }
    Pipeline pipeline =
        new Pipeline(
            settings.stage("transform", Transform.class),
            new Blank(),
            new Indifferent(fault),
            settings.stage("selector", Selector.class));
    // No backend screens pages of this pipeline.
    Screen screen =
        fault.kind() == Fault.Kind.REJECTED ? new Screen.Pages(64, 0.5) : new Screen.None();
    return new FaultyPolicy(
        ComponentSpec.of(ID, 1, settings.texts()),
        new LayerPlan.Sparse(
            pipeline,
            new Budget.Tokens(BUDGET),
            0,
            RECENT,
            LayerPlan.GroupRule.PER_QUERY_HEAD,
            screen,
            new Tail.None()));
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return sparse;
  }
}
