package dev.adamas.model.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/**
 * An array of the metadata, read where it lies in the mapped file: a vocabulary of a hundred
 * thousand tokens costs nothing until it is asked for, and no objects then.
 *
 * <p>Safe for use by several threads; valid until the file is closed.
 */
public final class GgufArray {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort I16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final String file;
  private final String key;
  private final GgufType elementType;
  private final int size;
  private final MemorySegment elements;

  /** Where each string begins; found at the first use, because most arrays are never read. */
  private volatile Optional<long[]> starts = Optional.empty();

  GgufArray(String file, String key, GgufType elementType, int size, MemorySegment elements) {
    this.file = file;
    this.key = key;
    this.elementType = elementType;
    this.size = size;
    this.elements = elements;
  }

  /** The type of every element. */
  public GgufType elementType() {
    return elementType;
  }

  /** The number of elements. */
  public int size() {
    return size;
  }

  /**
   * Element {@code i} of an array of integers.
   *
   * @throws GgufException if the elements are no integers
   */
  public long integer(int i) {
    Objects.checkIndex(i, size);
    long at = (long) i * elementType.bytes();
    return switch (elementType) {
      case UINT8 -> elements.get(ValueLayout.JAVA_BYTE, at) & 0xff;
      case INT8 -> elements.get(ValueLayout.JAVA_BYTE, at);
      case UINT16 -> elements.get(I16, at) & 0xffff;
      case INT16 -> elements.get(I16, at);
      case UINT32 -> elements.get(I32, at) & 0xffff_ffffL;
      case INT32 -> elements.get(I32, at);
      case UINT64, INT64 -> elements.get(I64, at);
      case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> throw notA("integers");
    };
  }

  /**
   * Element {@code i} of an array of floats or doubles, rounded to single precision.
   *
   * @throws GgufException if the elements are no floating-point numbers
   */
  public float number(int i) {
    Objects.checkIndex(i, size);
    return switch (elementType) {
      case FLOAT32 -> Float.intBitsToFloat(elements.get(I32, 4L * i));
      case FLOAT64 -> (float) Double.longBitsToDouble(elements.get(I64, 8L * i));
      default -> throw notA("floating-point numbers");
    };
  }

  /**
   * The bytes of element {@code i} of an array of strings, as the file has them.
   *
   * @throws GgufException if the elements are no strings
   */
  public byte[] bytes(int i) {
    Objects.checkIndex(i, size);
    long at = starts()[i];
    return elements.asSlice(at + Long.BYTES, elements.get(I64, at)).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Element {@code i} of an array of strings; what is not UTF-8 in it becomes U+FFFD.
   *
   * @throws GgufException if the elements are no strings
   */
  public String string(int i) {
    return new String(bytes(i), StandardCharsets.UTF_8);
  }

  private long[] starts() {
    if (elementType != GgufType.STRING) {
      throw notA("strings");
    }
    Optional<long[]> known = starts;
    if (known.isEmpty()) {
      // The lengths were checked when the file was opened. Two threads may both walk: same result.
      long[] found = new long[size];
      long at = 0;
      for (int i = 0; i < size; i++) {
        found[i] = at;
        at += Long.BYTES + elements.get(I64, at);
      }
      known = Optional.of(found);
      starts = known;
    }
    return known.get();
  }

  private GgufException notA(String wanted) {
    return new GgufException(
        "%s: metadata key %s is an array of %s where %s are needed; the file was written by a"
                .formatted(file, Printable.quote(key), elementType, wanted)
            + " faulty converter, convert the model again");
  }
}
