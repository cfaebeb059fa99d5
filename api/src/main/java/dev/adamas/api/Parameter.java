package dev.adamas.api;

import java.util.List;

/**
 * Something that configuration can set on a component. Declaring it gives validation, listings and
 * documentation.
 *
 * @param name lower-case words joined by hyphens
 * @param kind what values it takes
 * @param defaultValue the value in text where none is set
 * @param description one line for listings
 */
public record Parameter(String name, Kind kind, String defaultValue, String description) {

  /** What values a parameter takes. */
  public sealed interface Kind {

    /** A whole number in [min, max]. */
    record Whole(long min, long max) implements Kind {}

    /** A real number in [min, max]. */
    record Real(double min, double max) implements Kind {}

    /** {@code true} or {@code false}. */
    record Flag() implements Kind {}

    /** One of some words. */
    record Choice(List<String> values) implements Kind {
      /** Copies {@code values}. */
      public Choice {
        values = List.copyOf(values);
      }
    }

    /** Any text; the factory checks it. */
    record Text() implements Kind {}

    /**
     * A {@link Budget}: {@code 128}, {@code 5%}, {@code 5%:64:1024} (share, least, most) or {@code
     * top-p:0.9:256} (mass, most).
     */
    record Tokens() implements Kind {}

    /** A stage by reference, such as {@code hadamard} or {@code bucket@1(bits=3)}. */
    record StageReference(Class<? extends Stage> stage) implements Kind {}
  }

  /** A whole number. */
  public static Parameter whole(
      String name, long defaultValue, long min, long max, String description) {
    return new Parameter(name, new Kind.Whole(min, max), Long.toString(defaultValue), description);
  }

  /** A real number. */
  public static Parameter real(
      String name, double defaultValue, double min, double max, String description) {
    return new Parameter(name, new Kind.Real(min, max), Double.toString(defaultValue), description);
  }

  /** A switch. */
  public static Parameter flag(String name, boolean defaultValue, String description) {
    return new Parameter(name, new Kind.Flag(), Boolean.toString(defaultValue), description);
  }

  /** One of {@code values}; the first is the default. */
  public static Parameter choice(String name, List<String> values, String description) {
    return new Parameter(name, new Kind.Choice(values), values.getFirst(), description);
  }

  /** Free text. */
  public static Parameter text(String name, String defaultValue, String description) {
    return new Parameter(name, new Kind.Text(), defaultValue, description);
  }

  /** A token budget. */
  public static Parameter budget(String name, String defaultValue, String description) {
    return new Parameter(name, new Kind.Tokens(), defaultValue, description);
  }

  /** A stage. */
  public static Parameter stage(
      String name, Class<? extends Stage> stage, String defaultReference, String description) {
    return new Parameter(name, new Kind.StageReference(stage), defaultReference, description);
  }
}
