package dev.adamas.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A header of a bundle's manifest: clauses of paths with attributes and directives. */
final class OsgiHeader {

  private OsgiHeader() {}

  /**
   * One clause, {@code path;key=value;directive:=value}.
   *
   * @param values attributes by name and directives by name with a colon
   */
  record Clause(String path, Map<String, String> values) {

    /** A value, empty where there is none. */
    String value(String name) {
      return values.getOrDefault(name, "");
    }
  }

  static List<Clause> parse(String header) {
    if (header.isBlank()) {
      return List.of();
    }
    List<Clause> clauses = new ArrayList<>();
    for (String clause : split(header, ',')) {
      List<String> parts = split(clause, ';');
      Map<String, String> values = new TreeMap<>();
      for (String part : parts.subList(1, parts.size())) {
        int equals = part.indexOf('=');
        String value = part.substring(equals + 1).strip();
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        values.put(
            part.substring(0, equals).strip().replaceFirst(":[A-Z]\\w*(<\\w+>)?$", ""),
            quoted ? value.substring(1, value.length() - 1) : value);
      }
      clauses.add(new Clause(parts.getFirst().strip(), values));
    }
    return clauses;
  }

  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '"') {
        quoted = !quoted;
      } else if (text.charAt(i) == separator && !quoted) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    if (start < text.length()) {
      parts.add(text.substring(start));
    }
    return parts;
  }
}
