package dev.adamas.model.gguf;

import java.util.Locale;
import java.util.Optional;

/** The type of a metadata value; the ordinal is the number that the file stores. */
public enum GgufType {
  /** Unsigned 8-bit integer. */
  UINT8(1),
  /** Signed 8-bit integer. */
  INT8(1),
  /** Unsigned 16-bit integer. */
  UINT16(2),
  /** Signed 16-bit integer. */
  INT16(2),
  /** Unsigned 32-bit integer. */
  UINT32(4),
  /** Signed 32-bit integer. */
  INT32(4),
  /** IEEE single. */
  FLOAT32(4),
  /** One byte, 0 or 1. */
  BOOL(1),
  /** A 64-bit length and that many bytes of UTF-8. */
  STRING(0),
  /** An element type, a 64-bit count and the elements. */
  ARRAY(0),
  /** Unsigned 64-bit integer. */
  UINT64(8),
  /** Signed 64-bit integer. */
  INT64(8),
  /** IEEE double. */
  FLOAT64(8);

  private static final GgufType[] BY_NUMBER = values();

  private final int bytes;

  GgufType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value, or 0 where the value says its own length. */
  int bytes() {
    return bytes;
  }

  /** Whether the value is an integer of any width. */
  boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
    };
  }

  /** The type with that number in the file; empty where there is none. */
  static Optional<GgufType> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.of(BY_NUMBER[number])
        : Optional.empty();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
