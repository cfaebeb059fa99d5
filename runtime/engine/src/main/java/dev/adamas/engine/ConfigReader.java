package dev.adamas.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.adamas.api.KvType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads {@link EngineConfig} from YAML.
 *
 * <p>It walks the tree instead of binding it to a class, because every mistake has to be reported
 * with its place and with what exists there.
 */
final class ConfigReader {

  /** A configuration is a page of text; a file of megabytes is a mistake. */
  private static final int MAX_BYTES = 1 << 20;

  /** Deeper options than any policy has. */
  private static final int MAX_DEPTH = 16;

  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final List<String> KEYS =
      List.of("backends", "cache", "layers", "plugins", "policy", "prefill", "swap", "threads");
  private static final List<String> CACHE_KEYS = List.of("max-bytes", "page-tokens", "type");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,6})(?:\\s*-\\s*([0-9]{1,6}))?");

  private final String source;
  private final ConfigNodes nodes;

  private ConfigReader(String source) {
    this.source = source;
    nodes = new ConfigNodes(source);
  }

  static EngineConfig read(Path file, EngineConfig defaults) {
    String source = "Configuration " + file;
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(source + " is a folder; name a YAML file.");
    }
    // A pipe has no size, and a device may have no end, so the bytes are counted as they come.
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(
            source + " is larger than 1 MiB, so it is not a configuration; name another file.");
      }
      return parse(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), source, defaults);
    } catch (NoSuchFileException _) {
      throw new IllegalArgumentException(source + " does not exist; name an existing file.");
    } catch (AccessDeniedException e) {
      throw new IllegalArgumentException(
          source + " may not be read by this user; change its permissions.", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(source + " is not UTF-8 text; convert it first.", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(source + " cannot be read: " + e.getMessage() + ".", e);
    }
  }

  static EngineConfig parse(String yaml, String source, EngineConfig defaults) {
    return new ConfigReader(source).config(yaml, defaults);
  }

  private EngineConfig config(String yaml, EngineConfig defaults) {
    JsonNode root;
    try {
      root = YAML.readTree(yaml);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not YAML: line %d, column %d: %s."
              .formatted(
                  source,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  firstLine(e.getOriginalMessage())),
          e);
    }
    if (root.isMissingNode() || root.isNull()) {
      return defaults;
    }
    nodes.checkKeys(root, "", KEYS);
    EngineConfig.Builder builder = defaults.toBuilder();
    try {
      root.properties().forEach(entry -> set(builder, entry.getKey(), entry.getValue()));
      return builder.build();
    } catch (ConfigNodes.ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw nodes.error(Failures.text(e) + ".");
    }
  }

  private void set(EngineConfig.Builder builder, String key, JsonNode value) {
    switch (key) {
      case "policy" -> builder.policy(reference("policy", value, 0));
      case "layers" -> layers(builder, value);
      case "backends" -> backends(builder, value);
      case "threads" -> builder.threads(nodes.whole("threads", value));
      case "prefill" ->
          builder.prefill(
              nodes.choice(
                  "prefill",
                  value,
                  Map.of(
                      "dense", EngineConfig.Prefill.DENSE,
                      "policy", EngineConfig.Prefill.POLICY)));
      case "cache" -> builder.cache(cache(value));
      case "plugins" -> builder.plugins(new PluginSettingsReader(nodes).read(value));
      case "swap" -> builder.swap(SwappingReader.read(nodes, value));
      default -> throw new AssertionError(key);
    }
  }

  private void layers(EngineConfig.Builder builder, JsonNode value) {
    if (!value.isObject()) {
      throw nodes.error("layers must map ranges to policies, such as '0-3: full'.");
    }
    builder.withoutLayers();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      Matcher range = RANGE.matcher(entry.getKey().strip());
      if (!range.matches()) {
        throw nodes.error(
            "layers: '%s' is no range of layers; write '3' or '0-3'.".formatted(entry.getKey()));
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      Reference policy = reference("layers." + entry.getKey(), entry.getValue(), 0);
      builder.layers(first, last, policy);
    }
  }

  private void backends(EngineConfig.Builder builder, JsonNode value) {
    List<Reference> references = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(item -> references.add(reference("backends", item, 0)));
    } else {
      references.add(reference("backends", value, 0));
    }
    if (references.isEmpty()) {
      throw nodes.error("backends is empty; name at least one, such as [cpu-vector, scalar].");
    }
    builder.backends(references);
  }

  private EngineConfig.Cache cache(JsonNode value) {
    nodes.checkKeys(value, "cache", CACHE_KEYS);
    KvType type = EngineConfig.Cache.defaults().type();
    int pageTokens = EngineConfig.Cache.defaults().pageTokens();
    OptionalLong maxBytes = OptionalLong.empty();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      switch (entry.getKey()) {
        case "type" ->
            type =
                nodes.choice(
                    "cache.type",
                    entry.getValue(),
                    Map.of("f16", KvType.F16, "bf16", KvType.BF16, "f32", KvType.F32));
        case "page-tokens" -> pageTokens = nodes.whole("cache.page-tokens", entry.getValue());
        case "max-bytes" ->
            maxBytes = OptionalLong.of(nodes.bytes("cache.max-bytes", entry.getValue()));
        default -> throw new AssertionError(entry.getKey());
      }
    }
    return new EngineConfig.Cache(type, pageTokens, maxBytes);
  }

  private Reference reference(String place, JsonNode value, int depth) {
    if (depth > MAX_DEPTH) {
      throw nodes.error(place + " nests options deeper than any policy has; flatten it.");
    }
    try {
      if (value.isObject()) {
        return structured(place, value, depth);
      }
      return Reference.parse(nodes.text(place, value));
    } catch (ConfigNodes.ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw nodes.error(place + ": " + Failures.text(e) + ".");
    }
  }

  private Reference structured(String place, JsonNode value, int depth) {
    JsonNode name = value.get("name");
    if (name == null) {
      throw nodes.error(place + " has no 'name'; write {name: adamas, budget: 64}.");
    }
    Reference named = Reference.parse(nodes.text(place + ".name", name));
    Map<String, String> options = new TreeMap<>(named.options());
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (entry.getKey().equals("name")) {
        continue;
      }
      String option = option(place + "." + entry.getKey(), entry.getValue(), depth);
      if (options.put(entry.getKey(), option) != null) {
        throw nodes.error(place + " sets " + entry.getKey() + " twice; keep one.");
      }
    }
    return new Reference(named.id(), named.version(), new TreeMap<>(options));
  }

  private String option(String place, JsonNode value, int depth) {
    if (value.isObject()) {
      return reference(place, value, depth + 1).toString();
    }
    if (value.isArray()) {
      List<String> items = new ArrayList<>();
      value.forEach(item -> items.add(nodes.text(place, item)));
      return String.join(",", items);
    }
    return nodes.text(place, value);
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("").strip();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
