package dev.adamas.api;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a component means, as a value: {@code manhattan@1}, {@code
 * bucket@1(bits=2,thresholds=sigma)}.
 *
 * <p>Two components with equal specs give equal results on equal input, whoever wrote them. That is
 * what lets a backend replace stages by a fused kernel: it recognises specs, never classes. Any
 * change of a result is therefore a new version.
 *
 * @param id lower-case name, words joined by hyphens
 * @param version at least 1
 * @param params every parameter that influences the result, with its value in canonical text
 */
public record ComponentSpec(String id, int version, SortedMap<String, String> params) {

  private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

  /** Copies {@code params}; refuses a malformed id or a version below 1. */
  public ComponentSpec {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "Component id '"
              + id
              + "' must be lower-case words joined by hyphens, such as 'code-dot'.");
    }
    if (version < 1) {
      throw new IllegalArgumentException(
          "Component " + id + " has version " + version + "; versions start at 1.");
    }
    params = Collections.unmodifiableSortedMap(new TreeMap<>(params));
  }

  /** A component without parameters. */
  public static ComponentSpec of(String id, int version) {
    return new ComponentSpec(id, version, Collections.emptySortedMap());
  }

  /** A component with parameters. */
  public static ComponentSpec of(String id, int version, Map<String, String> params) {
    return new ComponentSpec(id, version, new TreeMap<>(params));
  }

  /** Whether this is version {@code version} of {@code id}, whatever its parameters. */
  public boolean is(String id, int version) {
    return this.id.equals(id) && this.version == version;
  }

  /** {@code id@version} without the parameters. */
  public String name() {
    return id + "@" + version;
  }

  /** Canonical text, {@code id@version(key=value,…)}, keys ascending. */
  @Override
  public String toString() {
    return params.isEmpty()
        ? name()
        : name()
            + params.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(",", "(", ")"));
  }
}
