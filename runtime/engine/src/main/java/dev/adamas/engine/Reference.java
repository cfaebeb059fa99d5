package dev.adamas.engine;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Names a policy, stage or backend and sets its options: {@code adamas-dot(budget=64,
 * distance=asymmetric(query=int4))}, {@code bucket@1(bits=3)}.
 *
 * <p>Grammar: {@code name[@version][(key=value, …)]}. A value is text with balanced parentheses,
 * usually a number, a word or again a reference; it ends at the next {@code , key=} or at the
 * closing parenthesis, so that lists such as {@code t=-10,0,10} need no quotes. A value in double
 * quotes is taken as it is.
 *
 * @param id the component's id
 * @param version the version asked for; the highest one that exists where empty
 * @param options what is set, in text
 */
public record Reference(String id, OptionalInt version, SortedMap<String, String> options) {

  /** Copies {@code options}; refuses a value with quotes and parentheses that do not pair up. */
  public Reference {
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    options.forEach(
        (key, value) -> {
          if (!ReferenceParser.readsBack(value) && value.indexOf('"') >= 0) {
            throw new IllegalArgumentException(
                "Option "
                    + key
                    + " of "
                    + id
                    + " holds a double quote outside of a nested reference; remove it.");
          }
        });
  }

  /** The highest version of a component, with its defaults. */
  public static Reference of(String id) {
    return new Reference(id, OptionalInt.empty(), Collections.emptySortedMap());
  }

  /** The highest version of a component, with options. */
  public static Reference of(String id, Map<String, String> options) {
    return new Reference(id, OptionalInt.empty(), new TreeMap<>(options));
  }

  /**
   * Reads a reference.
   *
   * @throws IllegalArgumentException where the text is not one, saying at which character
   */
  public static Reference parse(String text) {
    return new ReferenceParser(text).parse();
  }

  /** {@code id} or {@code id@version}. */
  public String name() {
    return version.isPresent() ? id + "@" + version.getAsInt() : id;
  }

  /** Canonical text that {@link #parse} reads. */
  @Override
  public String toString() {
    return options.isEmpty()
        ? name()
        : name()
            + options.entrySet().stream()
                .map(e -> e.getKey() + "=" + ReferenceParser.quoted(e.getValue()))
                .collect(Collectors.joining(",", "(", ")"));
  }
}
