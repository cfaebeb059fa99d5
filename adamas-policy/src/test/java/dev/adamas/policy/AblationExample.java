package dev.adamas.policy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Settings;
import java.util.Map;

/** The example of the package documentation, compiled and run by {@link AdamasPolicyTest}. */
final class AblationExample {

  private AblationExample() {}

  // @start region="ablation"
  /** What an engine does with {@code policy: {name: adamas, options: {…}}} in its configuration. */
  static AttentionPolicy withoutHadamard(Provider adamas, Settings.StageLookup stages) {
    PolicyFactory factory =
        adamas.policies().stream().filter(p -> p.id().equals("adamas")).findFirst().orElseThrow();
    Map<String, String> options =
        Map.of(
            "transform", "identity",
            "quantizer", "bucket(bits=3)",
            "budget", "5%");
    return factory
        .create()
        .apply(Settings.of("policy adamas@1", factory.parameters(), options, stages));
  }
  // @end
}
