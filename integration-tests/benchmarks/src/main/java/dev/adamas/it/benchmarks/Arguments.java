package dev.adamas.it.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code --name value} pairs with defaults; an unknown name is refused. */
final class Arguments {

  private final Map<String, String> values;

  Arguments(List<String> given, Map<String, String> defaults) {
    values = new HashMap<>(defaults);
    if (given.size() % 2 != 0) {
      throw new IllegalArgumentException("Options come in pairs: --name value.");
    }
    for (int i = 0; i < given.size(); i += 2) {
      String name = given.get(i).startsWith("--") ? given.get(i).substring(2) : "";
      if (!defaults.containsKey(name)) {
        Set<String> known = new TreeSet<>(defaults.keySet());
        throw new IllegalArgumentException(
            "'" + given.get(i) + "' is unknown; options are --" + String.join(", --", known) + ".");
      }
      values.put(name, given.get(i + 1));
    }
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("No default for '" + name + "'.");
    }
    return value;
  }

  int whole(String name) {
    return Integer.parseInt(text(name));
  }

  /** Comma-separated; commas inside parentheses belong to the item. */
  List<String> list(String name) {
    String text = text(name);
    List<String> parts = new ArrayList<>();
    int from = 0;
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '(' -> depth++;
        case ')' -> depth--;
        case ',' -> {
          if (depth == 0) {
            parts.add(text.substring(from, i));
            from = i + 1;
          }
        }
        default -> {}
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}
