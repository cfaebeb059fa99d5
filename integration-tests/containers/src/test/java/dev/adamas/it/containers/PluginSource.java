package dev.adamas.it.containers;

import java.util.ArrayList;
import java.util.List;

/**
 * The source of a plugin that offers window policies, one of them over a transform of its own.
 *
 * @param name the plugin's name; its package is {@code com.example.NAME}
 * @param version the plugin's version
 * @param policies ids of its policies, each at version 1
 * @param constructor code of the provider's constructor
 * @param planning code that runs when a policy plans
 */
record PluginSource(
    String name, String version, List<String> policies, String constructor, String planning) {

  static PluginSource of(String name, String version, String... policies) {
    return new PluginSource(name, version, List.of(policies), "", "");
  }

  PluginSource constructor(String code) {
    return new PluginSource(name, version, policies, code, planning);
  }

  PluginSource planning(String code) {
    return new PluginSource(name, version, policies, constructor, code);
  }

  String packageName() {
    return "com.example." + name;
  }

  String provider() {
    return packageName() + ".WindowProvider";
  }

  /** Policies whose layers select through a transform that this plugin defines. */
  String text() {
    List<String> factories = new ArrayList<>();
    for (String id : policies) {
      factories.add("factory(\"" + id + "\")");
    }
    return """
        package %1$s;

        import dev.adamas.api.*;
        import java.lang.foreign.MemorySegment;
        import java.util.List;

        public final class WindowProvider implements Provider {

          public WindowProvider() {
            %4$s
          }

          @Override public int spiVersion() { return SPI_VERSION; }

          @Override public String name() { return "%2$s"; }

          @Override public String version() { return "%3$s"; }

          @Override public List<PolicyFactory> policies() { return List.of(%6$s); }

          private static PolicyFactory factory(String id) {
            return new PolicyFactory(
                id,
                1,
                "Made by %2$s %3$s.",
                List.of(
                    Parameter.stage("quantizer", Quantizer.class, "bucket@1", "Codes."),
                    Parameter.stage("distance", Distance.class, "code-dot@1", "Scores."),
                    Parameter.stage("selector", Selector.class, "top-k@1", "Picks.")),
                settings -> new Own(ComponentSpec.of(id, 1, settings.texts()), new LayerPlan.Sparse(
                    new Pipeline(
                        new Same(),
                        settings.stage("quantizer", Quantizer.class),
                        settings.stage("distance", Distance.class),
                        settings.stage("selector", Selector.class)),
                    Budget.parse("8"), 2, 4, LayerPlan.GroupRule.PER_QUERY_HEAD)));
          }

          private record Own(ComponentSpec spec, LayerPlan plan) implements AttentionPolicy {
            @Override public LayerPlan plan(int layer, ModelShape shape) {
              %5$s
              return plan;
            }
          }

          private record Same() implements Transform {
            @Override public ComponentSpec spec() { return ComponentSpec.of("%2$s-same", 1); }

            @Override public int outputDim(int dim) { return dim; }

            @Override public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
              MemorySegment.copy(source, 0, target, 0, (long) rows * dim * Float.BYTES);
            }
          }
        }
        """
        .formatted(
            packageName(), name, version, constructor, planning, String.join(", ", factories));
  }
}
