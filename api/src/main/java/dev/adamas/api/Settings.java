package dev.adamas.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The values of a component's parameters, checked and complete: what was not set has its default.
 *
 * <p>Immutable. A component asks by the names it declared; asking for another name or another kind
 * is a programming error and throws {@link IllegalArgumentException}.
 */
public final class Settings {

  /** Finds the stages that settings refer to. */
  @FunctionalInterface
  public interface StageLookup {
    /**
     * Makes a stage.
     *
     * @param kind the kind asked for
     * @param reference such as {@code bucket@1(bits=3)}; without a version the highest one
     * @throws IllegalArgumentException where no such stage exists, listing those that do
     */
    Stage stage(Class<? extends Stage> kind, String reference);
  }

  private final Map<String, Object> values;
  private final Map<String, String> texts;

  private Settings(Map<String, Object> values, Map<String, String> texts) {
    this.values = Map.copyOf(values);
    this.texts = Map.copyOf(texts);
  }

  /**
   * Checks values against declared parameters.
   *
   * @param owner whose settings these are, for messages, such as {@code policy adamas@1}
   * @param parameters what can be set
   * @param given the values that were set, in text
   * @param stages finds referenced stages
   * @throws IllegalArgumentException naming every unknown parameter (with those that exist) and
   *     every value that does not fit
   */
  public static Settings of(
      String owner, List<Parameter> parameters, Map<String, String> given, StageLookup stages) {
    List<String> errors = new ArrayList<>();
    List<String> known = parameters.stream().map(Parameter::name).sorted().toList();
    given.keySet().stream()
        .filter(key -> !known.contains(key))
        .sorted()
        .forEach(
            key ->
                errors.add(
                    known.isEmpty()
                        ? "'" + key + "' is unknown; it has no parameters"
                        : "'" + key + "' is unknown; it has " + String.join(", ", known)));
    Map<String, Object> values = new HashMap<>();
    Map<String, String> texts = new HashMap<>();
    for (Parameter parameter : parameters) {
      String text = given.getOrDefault(parameter.name(), parameter.defaultValue()).strip();
      try {
        Object value = parse(parameter.kind(), text, stages);
        values.put(parameter.name(), value);
        texts.put(parameter.name(), text(value));
      } catch (IllegalArgumentException e) {
        errors.add(parameter.name() + ": " + e.getMessage());
      }
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(owner + ": " + String.join("; ", errors));
    }
    return new Settings(values, texts);
  }

  private static Object parse(Parameter.Kind kind, String text, StageLookup stages) {
    return switch (kind) {
      case Parameter.Kind.Whole(long min, long max) -> {
        long value = number(text, Long::parseLong, "a whole number");
        yield inRange(value, value >= min && value <= max, min, max);
      }
      case Parameter.Kind.Real(double min, double max) -> {
        double value = number(text, Double::parseDouble, "a number");
        yield inRange(value, value >= min && value <= max, min, max);
      }
      case Parameter.Kind.Flag() ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalArgumentException("'" + text + "' is neither true nor false");
          };
      case Parameter.Kind.Choice(List<String> choices) -> {
        if (!choices.contains(text)) {
          throw new IllegalArgumentException(
              "'" + text + "' is not one of " + String.join(", ", choices));
        }
        yield text;
      }
      case Parameter.Kind.Text() -> text;
      case Parameter.Kind.Tokens() -> Budget.parse(text);
      case Parameter.Kind.StageReference(Class<? extends Stage> stage) -> stages.stage(stage, text);
    };
  }

  private static <T> T number(
      String text, java.util.function.Function<String, T> parser, String what) {
    try {
      return parser.apply(text);
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException("'" + text + "' is not " + what);
    }
  }

  private static <T extends Number> T inRange(T value, boolean fits, Number min, Number max) {
    if (!fits) {
      throw new IllegalArgumentException(value + " is not between " + min + " and " + max);
    }
    return value;
  }

  private static String text(Object value) {
    return switch (value) {
      case Stage stage -> stage.spec().toString();
      case Budget budget -> budget.text();
      default -> value.toString();
    };
  }

  /** A whole number, as declared by {@link Parameter#whole}; it must fit an int. */
  public int whole(String name) {
    return Math.toIntExact(get(name, Long.class));
  }

  /** A real number. */
  public double real(String name) {
    return get(name, Double.class);
  }

  /** A switch. */
  public boolean flag(String name) {
    return get(name, Boolean.class);
  }

  /** A choice or free text. */
  public String text(String name) {
    return get(name, String.class);
  }

  /** A token budget. */
  public Budget budget(String name) {
    return get(name, Budget.class);
  }

  /** A stage of the given kind. */
  public <S extends Stage> S stage(String name, Class<S> kind) {
    return get(name, kind);
  }

  /** All values in canonical text, for a {@link ComponentSpec}. */
  public Map<String, String> texts() {
    return texts;
  }

  private <T> T get(String name, Class<T> type) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "No parameter '"
              + name
              + "' was declared; declared are "
              + values.keySet().stream().sorted().collect(Collectors.joining(", "))
              + ".");
    }
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "Parameter '"
              + name
              + "' is a "
              + value.getClass().getSimpleName()
              + ", not a "
              + type.getSimpleName()
              + ".");
    }
    return type.cast(value);
  }
}
