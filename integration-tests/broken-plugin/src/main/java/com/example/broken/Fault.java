package com.example.broken;

import dev.adamas.api.Parameter;
import dev.adamas.api.Settings;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What goes wrong.
 *
 * @param kind what
 * @param step attention calls of a kernel before it does; where it concerns steps
 * @param millis how long it takes; where it takes time
 */
record Fault(Kind kind, int step, int millis) {

  /** The ways in which the plugin is wrong. */
  enum Kind {
    /** It is not. */
    NONE,
    /** The backend gives ties to the highest position. */
    TIES,
    /** The backend remembers pages of a cache beyond the call. */
    RETAINS,
    /** The backend needs long to compile. */
    SLOW,
    /** The backend throws, from a step on. */
    THROWS,
    /** The backend does not return from a step for a long time. */
    HANGS,
    /** The backend starts a thread that nobody stops. */
    LEAKS,
    /** The policy cannot be made. */
    CRASHES,
    /** The policy's plans are none that a backend runs. */
    REJECTED;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static List<Parameter> parameters() {
    return List.of(
        Parameter.choice(
            "fault", Arrays.stream(Kind.values()).map(Kind::text).toList(), "What goes wrong."),
        Parameter.whole("step", 100, 1, 1 << 20, "Attention calls before it does."),
        Parameter.whole("millis", 3000, 0, 600_000, "How long it takes."));
  }

  static Fault of(Settings settings) {
    return new Fault(
        Kind.valueOf(settings.text("fault").toUpperCase(Locale.ROOT)),
        settings.whole("step"),
        settings.whole("millis"));
  }

  Map<String, String> texts() {
    return Map.of("fault", kind.text(), "step", "" + step, "millis", "" + millis);
  }
}
