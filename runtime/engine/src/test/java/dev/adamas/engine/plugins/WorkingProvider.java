package dev.adamas.engine.plugins;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import java.util.List;

/** Found by name through a services file. */
public final class WorkingProvider implements Provider {

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "working";
  }

  @Override
  public String version() {
    return "1.0";
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(
        new PolicyFactory("works", 1, "Dense everywhere.", List.of(), settings -> new Works()));
  }

  private static final class Works implements AttentionPolicy {

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("works", 1);
    }

    @Override
    public LayerPlan plan(int layer, ModelShape shape) {
      return new LayerPlan.Dense();
    }
  }
}
