package dev.adamas.api;

import java.util.List;

/** The example of the package documentation, compiled and run by {@link PolicyExampleTest}. */
final class PolicyExample {

  private PolicyExample() {}

  // @start region="policy"
  /** Dense in the first layers, a sliding window after them. */
  record LateWindow(int denseLayers, int window) implements AttentionPolicy {

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of(
          "late-window",
          1,
          java.util.Map.of("dense-layers", "" + denseLayers, "window", "" + window));
    }

    @Override
    public LayerPlan plan(int layer, ModelShape shape) {
      return layer < denseLayers ? new LayerPlan.Dense() : new LayerPlan.Window(0, window);
    }
  }

  /** Named in META-INF/services/dev.adamas.api.Provider and in module-info. */
  public static final class LateWindowProvider implements Provider {

    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public String name() {
      return "late-window";
    }

    @Override
    public String version() {
      return "1.0.0";
    }

    @Override
    public List<PolicyFactory> policies() {
      return List.of(
          new PolicyFactory(
              "late-window",
              1,
              "Dense first layers, then a sliding window.",
              List.of(
                  Parameter.whole("dense-layers", 2, 0, 1000, "Layers that stay dense."),
                  Parameter.whole("window", 256, 1, 1 << 20, "Recent tokens that stay visible.")),
              settings ->
                  new LateWindow(settings.whole("dense-layers"), settings.whole("window"))));
    }
  }
  // @end
}
