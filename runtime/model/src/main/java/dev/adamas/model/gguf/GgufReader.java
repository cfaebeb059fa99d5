package dev.adamas.model.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Walks the header of a file once. Each count is compared with the bytes that are left before
 * anything is allocated or looped over, so the time is bounded by the size of the file, and the
 * memory by fixed limits far above what real models need.
 */
final class GgufReader {
  private static final ValueLayout.OfLong I64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private static final byte[] MAGIC = {'G', 'G', 'U', 'F'};

  /** Far above real files (the largest have a few thousand tensors and some hundred keys). */
  private static final int MAX_ENTRIES = 1 << 16;

  private static final int MAX_NAME_BYTES = 1 << 16;
  private static final long MAX_ALL_NAME_BYTES = 16L << 20;

  /** Chat templates and licences are the long strings of real files: some ten thousand bytes. */
  private static final long MAX_STRING_BYTES = 64L << 20;

  private static final int MAX_NESTING = 4;
  private static final int MAX_DIMENSIONS = 4;
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MAX_ALIGNMENT = 1 << 20;

  private final String file;
  private final MemorySegment data;
  private final long size;
  private final int version;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors;
  private long at;
  private long nameBytes;
  private long stringBytes;

  GgufReader(String file, MemorySegment data) {
    this.file = file;
    this.data = data;
    this.size = data.byteSize();
    checkMagic();
    this.version = readVersion();
    int tensorCount = readCount("tensors", 8 + 4 + 8 + 4 + 8);
    int keyCount = readCount("metadata keys", 8 + 4 + 1);
    this.metadata = readMetadata(keyCount);
    this.tensors = readTensors(tensorCount);
  }

  int version() {
    return version;
  }

  GgufMetadata metadata() {
    return metadata;
  }

  Map<String, GgufTensor> tensors() {
    return tensors;
  }

  private void checkMagic() {
    byte[] found = data.asSlice(0, Math.min(MAGIC.length, size)).toArray(ValueLayout.JAVA_BYTE);
    if (!Arrays.equals(found, MAGIC)) {
      throw new GgufException(
          "%s is no GGUF file: it begins with %s (%s) instead of 'GGUF'; choose a .gguf file, or"
                  .formatted(
                      file,
                      found.length == 0 ? "nothing" : Printable.hex(found),
                      Printable.quote(new String(found, StandardCharsets.ISO_8859_1)))
              + " convert the model with llama.cpp's converter");
    }
    at = MAGIC.length;
  }

  private int readVersion() {
    int found = readInt("the version");
    if (found == 2 || found == 3) {
      return found;
    }
    int swapped = Integer.reverseBytes(found);
    if (swapped >= 1 && swapped <= 0xffff) {
      throw new GgufException(
          "%s is a big-endian GGUF file (version %d); only little-endian files can be read, convert"
                  .formatted(file, swapped)
              + " it with gguf_convert_endian.py of llama.cpp");
    }
    throw new GgufException(
        "%s has GGUF version %s; versions 2 and 3 can be read, convert the model again"
            .formatted(file, Integer.toUnsignedString(found)));
  }

  private GgufMetadata readMetadata(int count) {
    Map<String, GgufMetadata.Value> values = LinkedHashMap.newLinkedHashMap(count);
    for (int i = 0; i < count; i++) {
      String key = readName("the name of metadata key %d".formatted(i));
      String what = "metadata key " + Printable.quote(key);
      GgufType type = readType(what);
      if (values.put(key, new GgufMetadata.Value(type, readValue(type, key, what))) != null) {
        throw damaged(what + " occurs twice");
      }
    }
    return new GgufMetadata(file, values);
  }

  private Object readValue(GgufType type, String key, String what) {
    return switch (type) {
      case UINT8 -> (long) (readByte(what) & 0xff);
      case INT8 -> (long) readByte(what);
      case UINT16 -> (long) (readShort(what) & 0xffff);
      case INT16 -> (long) readShort(what);
      case UINT32 -> readInt(what) & 0xffff_ffffL;
      case INT32 -> (long) readInt(what);
      case UINT64, INT64 -> readLong(what);
      case FLOAT32 -> (double) Float.intBitsToFloat(readInt(what));
      case FLOAT64 -> Double.longBitsToDouble(readLong(what));
      case BOOL -> readBool(what);
      case STRING -> {
        long length = readLength(what);
        stringBytes += length;
        if (stringBytes > MAX_STRING_BYTES) {
          throw damaged(
              "%s makes the strings of the metadata longer than %d bytes"
                  .formatted(what, MAX_STRING_BYTES));
        }
        yield take(length).toArray(ValueLayout.JAVA_BYTE);
      }
      case ARRAY -> readArray(key, what);
    };
  }

  private GgufArray readArray(String key, String what) {
    GgufType elementType = readType(what);
    long count = readElementCount(elementType, what);
    if (count > Integer.MAX_VALUE - 8) {
      throw damaged("%s is an array of %d elements".formatted(what, count));
    }
    long start = at;
    skipElements(elementType, count, what, 1);
    return new GgufArray(file, key, elementType, (int) count, data.asSlice(start, at - start));
  }

  /** Reads an element count and makes sure that so many elements can be in the file at all. */
  private long readElementCount(GgufType elementType, String what) {
    long count = readLong(what);
    int leastBytes =
        switch (elementType) {
          case STRING -> Long.BYTES;
          case ARRAY -> Integer.BYTES + Long.BYTES;
          default -> elementType.bytes();
        };
    if (count < 0 || count > (size - at) / leastBytes) {
      throw damaged(
          "%s is an array of %s elements of type %s, more than the %d bytes that are left can hold"
              .formatted(what, Long.toUnsignedString(count), elementType, size - at));
    }
    return count;
  }

  private void skipElements(GgufType elementType, long count, String what, int depth) {
    switch (elementType) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          long length = readLength(what);
          at += length;
        }
      }
      case ARRAY -> {
        if (depth == MAX_NESTING) {
          throw damaged("%s nests arrays more than %d deep".formatted(what, MAX_NESTING));
        }
        for (long i = 0; i < count; i++) {
          GgufType inner = readType(what);
          skipElements(inner, readElementCount(inner, what), what, depth + 1);
        }
      }
      case BOOL -> {
        for (long i = 0; i < count; i++) {
          boolean ignored = readBool(what);
        }
      }
      default -> at += count * elementType.bytes();
    }
  }

  private Map<String, GgufTensor> readTensors(int count) {
    List<Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(readEntry(i));
    }
    int alignment = alignment();
    long dataStart = Math.ceilDiv(at, alignment) * alignment;
    Map<String, GgufTensor> found = LinkedHashMap.newLinkedHashMap(count);
    for (Entry entry : entries) {
      if (found.put(entry.name, entry.locate(dataStart, alignment)) != null) {
        throw damaged("tensor %s occurs twice".formatted(Printable.quote(entry.name)));
      }
    }
    checkOverlap(entries);
    return found;
  }

  private Entry readEntry(int index) {
    String name = readName("the name of tensor %d".formatted(index));
    String what = "tensor " + Printable.quote(name);
    int rank = readInt(what);
    if (rank < 1 || rank > MAX_DIMENSIONS) {
      throw damaged(
          "%s has %s dimensions instead of 1 to %d"
              .formatted(what, Integer.toUnsignedString(rank), MAX_DIMENSIONS));
    }
    List<Long> dimensions = new ArrayList<>(rank);
    long values = 1;
    for (int d = 0; d < rank; d++) {
      long length = readLong(what);
      if (length < 1 || values > Long.MAX_VALUE / length) {
        throw damaged(
            "%s has dimension %d of length %s".formatted(what, d, Long.toUnsignedString(length)));
      }
      values *= length;
      dimensions.add(length);
    }
    int number = readInt(what);
    TensorType type =
        TensorType.of(number)
            .orElseThrow(
                () ->
                    new GgufException(
                        "%s: %s has type number %s, which is unknown or was withdrawn; convert the"
                                .formatted(file, what, Integer.toUnsignedString(number))
                            + " model to one of "
                            + TensorType.decodableNames()));
    if (dimensions.getFirst() % type.valuesPerBlock() != 0) {
      throw damaged(
          "%s has rows of %d values, which %s cannot store in blocks of %d"
              .formatted(what, dimensions.getFirst(), type, type.valuesPerBlock()));
    }
    if (values / type.valuesPerBlock() > size / type.bytesPerBlock()) {
      throw truncated(
          "%s needs more than the %d bytes that the whole file has".formatted(what, size));
    }
    return new Entry(name, type, dimensions, type.bytes(values), readLong(what));
  }

  private int alignment() {
    long alignment = metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
    if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
      throw damaged(
          "metadata key 'general.alignment' is %d instead of a power of two up to %d"
              .formatted(alignment, MAX_ALIGNMENT));
    }
    return (int) alignment;
  }

  private void checkOverlap(List<Entry> entries) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::offset));
    for (int i = 1; i < sorted.size(); i++) {
      Entry before = sorted.get(i - 1);
      Entry after = sorted.get(i);
      if (before.offset + before.bytes > after.offset) {
        throw damaged(
            "tensors %s and %s overlap"
                .formatted(Printable.quote(before.name), Printable.quote(after.name)));
      }
    }
  }

  /** What the header says about one tensor, before its place in the file is checked. */
  private final class Entry {
    private final String name;
    private final TensorType type;
    private final List<Long> dimensions;
    private final long bytes;
    private final long offset;

    Entry(String name, TensorType type, List<Long> dimensions, long bytes, long offset) {
      this.name = name;
      this.type = type;
      this.dimensions = dimensions;
      this.bytes = bytes;
      this.offset = offset;
    }

    long offset() {
      return offset;
    }

    GgufTensor locate(long dataStart, int alignment) {
      if (offset < 0 || offset % alignment != 0) {
        throw damaged(
            "tensor %s begins at offset %s, which is no multiple of %d"
                .formatted(Printable.quote(name), Long.toUnsignedString(offset), alignment));
      }
      if (dataStart > size || offset > size - dataStart || bytes > size - dataStart - offset) {
        throw truncated(
            "tensor %s needs bytes %s to %s but the file has %d"
                .formatted(
                    Printable.quote(name),
                    Long.toUnsignedString(dataStart + offset),
                    Long.toUnsignedString(dataStart + offset + bytes),
                    size));
      }
      return new GgufTensor(name, type, dimensions, data.asSlice(dataStart + offset, bytes));
    }
  }

  private int readCount(String what, int leastBytesEach) {
    long count = readLong("the number of " + what);
    if (count < 0 || count > (size - at) / leastBytesEach || count > MAX_ENTRIES) {
      throw damaged(
          "it says that it has %s %s, more than its %d bytes can hold or than the limit of %d"
              .formatted(Long.toUnsignedString(count), what, size, MAX_ENTRIES));
    }
    return (int) count;
  }

  private GgufType readType(String what) {
    int number = readInt(what);
    return GgufType.of(number)
        .orElseThrow(
            () ->
                damaged(
                    "%s has value type %s instead of 0 to %d"
                        .formatted(
                            what, Integer.toUnsignedString(number), GgufType.values().length - 1)));
  }

  private String readName(String what) {
    long length = readLength(what);
    nameBytes += length;
    if (length == 0 || length > MAX_NAME_BYTES || nameBytes > MAX_ALL_NAME_BYTES) {
      throw damaged("%s is %d bytes long".formatted(what, length));
    }
    return new String(take(length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  /** Reads the length of a string and makes sure that its bytes are there. */
  private long readLength(String what) {
    long length = readLong(what);
    if (length < 0 || length > size - at) {
      throw truncated(
          "%s says it has %s bytes but %d are left"
              .formatted(what, Long.toUnsignedString(length), size - at));
    }
    return length;
  }

  private boolean readBool(String what) {
    byte value = readByte(what);
    if (value != 0 && value != 1) {
      throw damaged("%s has the truth value %d instead of 0 or 1".formatted(what, value & 0xff));
    }
    return value == 1;
  }

  private byte readByte(String what) {
    return need(Byte.BYTES, what).get(ValueLayout.JAVA_BYTE, at++);
  }

  private short readShort(String what) {
    MemorySegment from = need(Short.BYTES, what);
    at += Short.BYTES;
    return from.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN), at - Short.BYTES);
  }

  private int readInt(String what) {
    MemorySegment from = need(Integer.BYTES, what);
    at += Integer.BYTES;
    return from.get(I32, at - Integer.BYTES);
  }

  private long readLong(String what) {
    MemorySegment from = need(Long.BYTES, what);
    at += Long.BYTES;
    return from.get(I64, at - Long.BYTES);
  }

  private MemorySegment need(int bytes, String what) {
    if (bytes > size - at) {
      throw truncated("it ends within " + what);
    }
    return data;
  }

  private MemorySegment take(long length) {
    MemorySegment slice = data.asSlice(at, length);
    at += length;
    return slice;
  }

  private GgufException truncated(String what) {
    return new GgufException(
        "%s is cut off or damaged: %s; download or convert it again".formatted(file, what));
  }

  private GgufException damaged(String what) {
    return new GgufException(
        "%s is damaged: %s; download or convert it again".formatted(file, what));
  }
}
