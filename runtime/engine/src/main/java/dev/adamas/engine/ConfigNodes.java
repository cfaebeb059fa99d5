package dev.adamas.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Reads single values of a configuration, or says what is wrong with them.
 *
 * @param source what is read, for messages
 */
record ConfigNodes(String source) {

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})\\s*(ms|s|min)");

  /** One text or a list of them. */
  List<String> texts(String place, JsonNode value) {
    List<String> texts = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(item -> texts.add(text(place, item)));
    } else {
      texts.add(text(place, value));
    }
    return texts;
  }

  Duration duration(String place, JsonNode value) {
    Matcher matcher = DURATION.matcher(text(place, value).strip());
    if (!matcher.matches()) {
      throw error("%s: '%s' is no time; write 500ms, 10s or 5min.".formatted(place, shown(value)));
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      default -> Duration.ofMinutes(count);
    };
  }

  String text(String place, JsonNode value) {
    if (!value.isValueNode() || value.isNull()) {
      throw error(place + " must be a single value.");
    }
    return value.asString();
  }

  int whole(String place, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw error(place + ": '" + shown(value) + "' is not a whole number.");
    }
    return value.intValue();
  }

  long bytes(String place, JsonNode value) {
    try {
      return MemorySize.parse(text(place, value));
    } catch (ConfigException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw error(place + ": " + Failures.text(e) + ".");
    }
  }

  <T> T choice(String place, JsonNode value, Map<String, T> choices) {
    T chosen = choices.get(text(place, value).toLowerCase(Locale.ROOT));
    if (chosen == null) {
      throw error(
          "%s: '%s' is not one of %s."
              .formatted(
                  place,
                  shown(value),
                  String.join(", ", choices.keySet().stream().sorted().toList())));
    }
    return chosen;
  }

  void checkKeys(JsonNode value, String place, List<String> known) {
    String where = place.isEmpty() ? "The top level" : place;
    if (!value.isObject()) {
      throw error(
          "%s must be a mapping with the keys %s.".formatted(where, String.join(", ", known)));
    }
    List<String> unknown =
        value.propertyNames().stream().filter(key -> !known.contains(key)).sorted().toList();
    if (!unknown.isEmpty()) {
      throw error(
          "%s has no key %s; it has %s."
              .formatted(
                  where,
                  String.join(", ", unknown.stream().map(key -> "'" + key + "'").toList()),
                  String.join(", ", known)));
    }
  }

  static String shown(JsonNode value) {
    return value.isValueNode() ? value.asString() : value.toString();
  }

  ConfigException error(String message) {
    return new ConfigException(source + ": " + message);
  }

  /** A finished message, which outer places leave as it is. */
  static final class ConfigException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    ConfigException(String message) {
      super(message);
    }
  }
}
