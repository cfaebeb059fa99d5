package com.example.broken;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.Distance;
import dev.adamas.api.Parameter;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import java.util.ArrayList;
import java.util.List;

/** Offers the policy {@code faulty}, its stages and the backend {@code faulty}. */
public final class BrokenProvider implements Provider {

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public String version() {
    return "1.0.0";
  }

  @Override
  public List<StageFactory> stages() {
    return List.of(
        new StageFactory(
            Blank.ID, 1, Quantizer.class, "A code that says nothing.", List.of(), _ -> new Blank()),
        new StageFactory(
            Indifferent.ID,
            1,
            Distance.class,
            "Scores every key 0; the backend finds its fault in the parameters.",
            Fault.parameters(),
            settings -> new Indifferent(Fault.of(settings))));
  }

  @Override
  public List<PolicyFactory> policies() {
    List<Parameter> parameters = new ArrayList<>(Fault.parameters());
    parameters.add(
        Parameter.stage("transform", Transform.class, "identity@1", "Applied to keys, queries."));
    parameters.add(Parameter.stage("selector", Selector.class, "top-k@1", "Picks codes by score."));
    return List.of(
        new PolicyFactory(
            FaultyPolicy.ID,
            1,
            "The first 24 and the last 8 tokens, with one thing wrong.",
            parameters,
            FaultyPolicy::of));
  }

  @Override
  public List<BackendFactory> backends() {
    return List.of(
        new BackendFactory(
            FaultyBackend.ID,
            1,
            "Runs plans of the policy faulty, with one thing wrong.",
            List.of(),
            _ -> new FaultyBackend()));
  }
}
