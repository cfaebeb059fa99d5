package dev.adamas.engine;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** Reads the key {@code plugins}. */
final class PluginSettingsReader {

  private static final List<String> PLUGIN_KEYS = List.of("directories", "native-access", "pins");

  private final ConfigNodes nodes;

  PluginSettingsReader(ConfigNodes nodes) {
    this.nodes = nodes;
  }

  EngineConfig.PluginSettings read(JsonNode value) {
    nodes.checkKeys(value, "plugins", PLUGIN_KEYS);
    List<Path> directories = new ArrayList<>();
    Set<String> nativeAccess = new TreeSet<>();
    Pins pins = Pins.off();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      switch (entry.getKey()) {
        case "directories" ->
            nodes
                .texts("plugins.directories", entry.getValue())
                .forEach(text -> directories.add(directory(text)));
        case "native-access" ->
            nativeAccess.addAll(nodes.texts("plugins.native-access", entry.getValue()));
        case "pins" -> pins = pins(entry.getValue());
        default -> throw new AssertionError(entry.getKey());
      }
    }
    return new EngineConfig.PluginSettings(directories, pins, nativeAccess);
  }

  private Path directory(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw nodes.error("plugins.directories: '" + text + "' is no path; name a folder.");
    }
  }

  private Pins pins(JsonNode value) {
    try {
      if (!value.isObject()) {
        return Pins.of(nodes.texts("plugins.pins", value));
      }
      Map<String, String> files = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        files.put(entry.getKey(), nodes.text("plugins.pins." + entry.getKey(), entry.getValue()));
      }
      return Pins.ofFiles(files);
    } catch (ConfigNodes.ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw nodes.error("plugins.pins: " + Failures.text(e) + ".");
    }
  }
}
