package dev.adamas.model.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * An array of the metadata, read where it lies in the mapped file: a vocabulary of a hundred
 * thousand tokens costs nothing until it is asked for.
 *
 * <p>Immutable and safe for use by several threads; valid until the file is closed.
 */
public final class GgufArray {
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private final String file;
  private final String key;
  private final GgufType elementType;
  private final int size;
  private final MemorySegment elements;

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

  /** The number of elements. Look at it before reading them all: a file may say what it likes. */
  public int size() {
    return size;
  }

  /**
   * All elements of an array of integers of at most 32 bits; unsigned ones keep their bits.
   *
   * @throws GgufException if the elements are others
   */
  public int[] integers() {
    int[] result = new int[size];
    LittleEndianInput in = new LittleEndianInput(elements);
    switch (elementType) {
      case UINT32, INT32 -> MemorySegment.copy(elements, I32, 0, result, 0, size);
      case UINT16 -> Arrays.setAll(result, i -> in.readShort() & 0xffff);
      case INT16 -> Arrays.setAll(result, i -> in.readShort());
      case UINT8 -> Arrays.setAll(result, i -> in.readByte() & 0xff);
      case INT8 -> Arrays.setAll(result, i -> in.readByte());
      default -> throw notA("integers of at most 32 bits");
    }
    return result;
  }

  /**
   * All elements of an array of single-precision numbers.
   *
   * @throws GgufException if the elements are others
   */
  public float[] floats() {
    if (elementType != GgufType.FLOAT32) {
      throw notA("single-precision numbers");
    }
    float[] result = new float[size];
    MemorySegment.copy(elements, F32, 0, result, 0, size);
    return result;
  }

  /**
   * The elements of an array of strings, one by one.
   *
   * @throws GgufException if the elements are others
   */
  public GgufStrings strings() {
    if (elementType != GgufType.STRING) {
      throw notA("strings");
    }
    return new GgufStrings(elements, size);
  }

  private GgufException notA(String wanted) {
    return new GgufException(
        "%s: metadata key %s is an array of %s where %s are needed; the file was written by a"
                .formatted(file, Printable.quote(key), elementType, wanted)
            + " faulty converter, convert the model again");
  }
}
