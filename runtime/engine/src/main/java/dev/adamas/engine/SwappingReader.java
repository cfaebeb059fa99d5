package dev.adamas.engine;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads the key {@code swap}. */
final class SwappingReader {

  private static final List<String> SWAP_KEYS =
      List.of("builders", "failure-threshold", "grace-tokens", "timeout", "watchdog");

  private SwappingReader() {}

  static EngineConfig.Swapping read(ConfigNodes nodes, JsonNode value) {
    nodes.checkKeys(value, "swap", SWAP_KEYS);
    EngineConfig.Swapping swap = EngineConfig.Swapping.defaults();
    int grace = swap.graceTokens();
    int threshold = swap.failureThreshold();
    Duration timeout = swap.timeout();
    int builders = swap.builders();
    Duration watchdog = swap.watchdog();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      String place = "swap." + entry.getKey();
      switch (entry.getKey()) {
        case "grace-tokens" -> grace = nodes.whole(place, entry.getValue());
        case "failure-threshold" -> threshold = nodes.whole(place, entry.getValue());
        case "timeout" -> timeout = nodes.duration(place, entry.getValue());
        case "builders" -> builders = nodes.whole(place, entry.getValue());
        case "watchdog" -> watchdog = nodes.duration(place, entry.getValue());
        default -> throw new AssertionError(entry.getKey());
      }
    }
    return new EngineConfig.Swapping(grace, threshold, timeout, builders, watchdog);
  }
}
