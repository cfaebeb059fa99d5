package dev.adamas.eval.stored;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a record from JSON that may be damaged. The JSON is held against the record's components
 * first, because a mapper fills what is missing with null and names its own classes in what it
 * says.
 */
public final class StoredRecord {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** How JSON writes the numbers that it does not have. */
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  private StoredRecord() {}

  /**
   * Reads a record.
   *
   * @param type with components that are texts, numbers and maps of them
   * @throws IllegalArgumentException where the JSON is not one, in a few words for brackets, such
   *     as {@code 'score' is missing}
   */
  public static <R extends Record> R read(String json, Class<R> type) {
    try {
      JsonNode node = JSON.readTree(json);
      if (!node.isObject()) {
        throw new IllegalArgumentException("it is not one JSON object");
      }
      for (RecordComponent component : type.getRecordComponents()) {
        check(node.path(component.getName()), component.getName(), component.getGenericType());
      }
      return JSON.treeToValue(node, type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("it is not one JSON object", e);
    }
  }

  private static void check(JsonNode value, String name, Type type) {
    if (value.isMissingNode()) {
      throw new IllegalArgumentException("'" + name + "' is missing");
    }
    if (type instanceof ParameterizedType map) {
      require(value.isObject(), name, "object");
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        check(entry.getValue(), name + "." + entry.getKey(), map.getActualTypeArguments()[1]);
      }
    } else if (type == String.class) {
      require(value.isString(), name, "text");
    } else if (type == int.class) {
      require(value.isIntegralNumber() && value.canConvertToInt(), name, "whole number");
    } else if (type == long.class) {
      require(value.isIntegralNumber() && value.canConvertToLong(), name, "whole number");
    } else {
      require(
          value.isNumber() || (value.isString() && NOT_FINITE.contains(value.stringValue())),
          name,
          "number");
    }
  }

  private static void require(boolean holds, String name, String kind) {
    if (!holds) {
      throw new IllegalArgumentException("'" + name + "' is no " + kind);
    }
  }
}
