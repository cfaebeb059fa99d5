package dev.adamas.baseline;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Settings;
import java.util.Map;

/** The example of the package documentation, compiled and run by {@link BaselinesTest}. */
final class BaselineExample {

  private BaselineExample() {}

  // @start region="quest"
  /** What an engine does with {@code policy: {name: quest, options: {…}}} in its configuration. */
  static AttentionPolicy questOfLargePages(Provider baselines, Settings.StageLookup stages) {
    PolicyFactory factory =
        baselines.policies().stream().filter(p -> p.id().equals("quest")).findFirst().orElseThrow();
    Map<String, String> options = Map.of("quantizer", "page-min-max(page=32)", "budget", "128");
    return factory
        .create()
        .apply(Settings.of("policy quest@1", factory.parameters(), options, stages));
  }
  // @end
}
