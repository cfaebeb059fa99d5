package dev.adamas.model.gguf;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The key-value pairs of a file. Every accessor comes twice: one that is empty where the key is
 * missing, and one that {@code require}s it. A value of another type than asked for is an error in
 * both, because a model read with a guessed value is worse than one not read.
 *
 * <p>Integers of every width read as {@code long}, floats and doubles as {@code double}.
 */
public final class GgufMetadata {
  /** Integers are Long, FLOAT32 and FLOAT64 Double; a string stays the bytes of the file. */
  record Value(GgufType type, Object content) {}

  private final String file;
  private final Map<String, Value> values;

  GgufMetadata(String file, Map<String, Value> values) {
    this.file = file;
    this.values = Collections.unmodifiableMap(values);
  }

  /** The keys, in the order of the file. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** The type of a key's value; empty where the key is missing. */
  public Optional<GgufType> type(String key) {
    return find(key).map(Value::type);
  }

  /** The string of a key; what is not UTF-8 in it becomes U+FFFD. */
  public Optional<String> string(String key) {
    return find(key)
        .map(
            value ->
                new String(content(key, value, byte[].class, "string"), StandardCharsets.UTF_8));
  }

  /** The integer of a key; one that needs 64 unsigned bits is an error. */
  public OptionalLong integer(String key) {
    Optional<Value> value = find(key);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    long content = content(key, value.get(), Long.class, "integer");
    if (value.get().type() == GgufType.UINT64 && content < 0) {
      throw new GgufException(
          "%s: metadata key %s is %s, too large to be true; the file is damaged, download it again"
              .formatted(file, Printable.quote(key), Long.toUnsignedString(content)));
    }
    return OptionalLong.of(content);
  }

  /** The floating-point number of a key; an integer is converted. */
  public OptionalDouble number(String key) {
    Optional<Value> value = find(key);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (value.get().type().isInteger()) {
      return OptionalDouble.of((double) integer(key).orElseThrow());
    }
    return OptionalDouble.of(content(key, value.get(), Double.class, "number"));
  }

  /** The truth value of a key. */
  public Optional<Boolean> bool(String key) {
    return find(key).map(value -> content(key, value, Boolean.class, "bool"));
  }

  /** The array of a key. */
  public Optional<GgufArray> array(String key) {
    return find(key).map(value -> content(key, value, GgufArray.class, "array"));
  }

  /** The string of a key that must be there. */
  public String requireString(String key) {
    return string(key).orElseThrow(() -> missing(key, "string"));
  }

  /** The integer of a key that must be there. */
  public long requireInteger(String key) {
    return integer(key).orElseThrow(() -> missing(key, "integer"));
  }

  /** The number of a key that must be there. */
  public double requireNumber(String key) {
    return number(key).orElseThrow(() -> missing(key, "number"));
  }

  /** The array of a key that must be there. */
  public GgufArray requireArray(String key) {
    return array(key).orElseThrow(() -> missing(key, "array"));
  }

  /** The file's name, for messages of those who read meaning into the values. */
  public String fileName() {
    return file;
  }

  private Optional<Value> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  private <T> T content(String key, Value value, Class<T> wanted, String name) {
    if (!wanted.isInstance(value.content())) {
      throw new GgufException(
          "%s: metadata key %s is of type %s where %s is needed; the file was written by a faulty"
                  .formatted(file, Printable.quote(key), value.type(), name)
              + " converter, convert the model again");
    }
    return wanted.cast(value.content());
  }

  private GgufException missing(String key, String wanted) {
    return new GgufException(
        "%s: metadata key %s (%s) is missing; use a file that is a complete model"
            .formatted(file, Printable.quote(key), wanted));
  }
}
