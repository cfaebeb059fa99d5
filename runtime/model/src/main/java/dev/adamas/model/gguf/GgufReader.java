package dev.adamas.model.gguf;

import java.lang.foreign.MemorySegment;
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
  private final LittleEndianInput in;
  private final long size;
  private final int version;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensor> tensors;
  private long nameBytes;
  private long stringBytes;

  /** What is being read, for messages: a kind of thing, and its name or number. */
  private String kind = "the header";

  private String subject = "";

  GgufReader(String file, MemorySegment data) {
    this.file = file;
    this.data = data;
    this.in = new LittleEndianInput(data);
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
    byte[] found = in.readBytes((int) Math.min(MAGIC.length, size));
    if (!Arrays.equals(found, MAGIC)) {
      throw new GgufException(
          "%s is no GGUF file: it begins with %s (%s) instead of 'GGUF'; choose a .gguf file, or"
                  .formatted(
                      file,
                      found.length == 0 ? "nothing" : Printable.hex(found),
                      Printable.quote(new String(found, StandardCharsets.ISO_8859_1)))
              + " convert the model with llama.cpp's converter");
    }
  }

  private int readVersion() {
    int found = readInt();
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
      String key = readName("metadata key", i);
      GgufType type = readType();
      if (values.put(key, new GgufMetadata.Value(type, readValue(type, key))) != null) {
        throw damaged(what() + " occurs twice");
      }
    }
    return new GgufMetadata(file, values);
  }

  private Object readValue(GgufType type, String key) {
    return switch (type) {
      case UINT8 -> (long) (readByte() & 0xff);
      case INT8 -> (long) readByte();
      case UINT16 -> (long) (readShort() & 0xffff);
      case INT16 -> (long) readShort();
      case UINT32 -> readInt() & 0xffff_ffffL;
      case INT32 -> (long) readInt();
      case UINT64, INT64 -> readLong();
      case FLOAT32 -> (double) Float.intBitsToFloat(readInt());
      case FLOAT64 -> Double.longBitsToDouble(readLong());
      case BOOL -> readBool();
      case STRING -> readString();
      case ARRAY -> readArray(key);
    };
  }

  private byte[] readString() {
    long length = readLength();
    stringBytes += length;
    if (stringBytes > MAX_STRING_BYTES) {
      throw damaged(
          "%s makes the strings of the metadata longer than %d bytes"
              .formatted(what(), MAX_STRING_BYTES));
    }
    return in.readBytes((int) length);
  }

  private GgufArray readArray(String key) {
    GgufType elementType = readType();
    long count = readElementCount(elementType);
    if (count > Integer.MAX_VALUE - 8) {
      throw damaged("%s is an array of %d elements".formatted(what(), count));
    }
    long start = in.position();
    skipElements(elementType, count, 1);
    return new GgufArray(
        file, key, elementType, (int) count, data.asSlice(start, in.position() - start));
  }

  /** Reads an element count and makes sure that so many elements can be in the file at all. */
  private long readElementCount(GgufType elementType) {
    long count = readLong();
    int leastBytes =
        switch (elementType) {
          case STRING -> Long.BYTES;
          case ARRAY -> Integer.BYTES + Long.BYTES;
          default -> elementType.bytes();
        };
    if (count < 0 || count > in.remaining() / leastBytes) {
      throw damaged(
          "%s is an array of %s elements of type %s, more than the %d bytes that are left can hold"
              .formatted(what(), Long.toUnsignedString(count), elementType, in.remaining()));
    }
    return count;
  }

  private void skipElements(GgufType elementType, long count, int depth) {
    switch (elementType) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          in.skip(readLength());
        }
      }
      case ARRAY -> {
        if (depth == MAX_NESTING) {
          throw damaged("%s nests arrays more than %d deep".formatted(what(), MAX_NESTING));
        }
        for (long i = 0; i < count; i++) {
          GgufType inner = readType();
          skipElements(inner, readElementCount(inner), depth + 1);
        }
      }
      case BOOL -> {
        for (long i = 0; i < count; i++) {
          checkBool(readByte());
        }
      }
      default -> in.skip(count * elementType.bytes());
    }
  }

  private Map<String, GgufTensor> readTensors(int count) {
    List<Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(readEntry(i));
    }
    int alignment = alignment();
    long dataStart = Math.ceilDiv(in.position(), alignment) * alignment;
    Map<String, GgufTensor> found = LinkedHashMap.newLinkedHashMap(count);
    for (Entry entry : entries) {
      kind = "tensor";
      subject = entry.name;
      if (found.put(entry.name, locate(entry, dataStart, alignment)) != null) {
        throw damaged(what() + " occurs twice");
      }
    }
    checkOverlap(entries);
    return found;
  }

  /** What the header says about one tensor, before its place in the file is checked. */
  private record Entry(
      String name, TensorType type, List<Long> dimensions, long bytes, long offset) {}

  private Entry readEntry(int index) {
    String name = readName("tensor", index);
    int rank = readInt();
    if (rank < 1 || rank > MAX_DIMENSIONS) {
      throw damaged(
          "%s has %s dimensions instead of 1 to %d"
              .formatted(what(), Integer.toUnsignedString(rank), MAX_DIMENSIONS));
    }
    List<Long> dimensions = new ArrayList<>(rank);
    long values = 1;
    for (int d = 0; d < rank; d++) {
      long length = readLong();
      if (length < 1 || values > Long.MAX_VALUE / length) {
        throw damaged(
            "%s has dimension %d of length %s".formatted(what(), d, Long.toUnsignedString(length)));
      }
      values *= length;
      dimensions.add(length);
    }
    int number = readInt();
    TensorType type =
        TensorType.of(number)
            .orElseThrow(
                () ->
                    new GgufException(
                        "%s: %s has type number %s, which is unknown or was withdrawn; convert the"
                                .formatted(file, what(), Integer.toUnsignedString(number))
                            + " model to one of "
                            + TensorType.decodableNames()));
    if (dimensions.getFirst() % type.valuesPerBlock() != 0) {
      throw damaged(
          "%s has rows of %d values, which %s cannot store in blocks of %d"
              .formatted(what(), dimensions.getFirst(), type, type.valuesPerBlock()));
    }
    if (values / type.valuesPerBlock() > size / type.bytesPerBlock()) {
      throw truncated(
          "%s needs more than the %d bytes that the whole file has".formatted(what(), size));
    }
    return new Entry(name, type, dimensions, type.bytes(values), readLong());
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

  private GgufTensor locate(Entry entry, long dataStart, int alignment) {
    long offset = entry.offset;
    if (offset < 0 || offset % alignment != 0) {
      throw damaged(
          "%s begins at offset %s, which is no multiple of %d"
              .formatted(what(), Long.toUnsignedString(offset), alignment));
    }
    if (dataStart > size || offset > size - dataStart || entry.bytes > size - dataStart - offset) {
      throw truncated(
          "%s needs %d bytes from %s on but the file has %d"
              .formatted(what(), entry.bytes, Long.toUnsignedString(dataStart + offset), size));
    }
    return new GgufTensor(
        entry.name, entry.type, entry.dimensions, data.asSlice(dataStart + offset, entry.bytes));
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

  private int readCount(String things, int leastBytesEach) {
    long count = readLong();
    if (count < 0 || count > in.remaining() / leastBytesEach || count > MAX_ENTRIES) {
      throw damaged(
          "it says that it has %s %s, more than its %d bytes can hold or than the limit of %d"
              .formatted(Long.toUnsignedString(count), things, size, MAX_ENTRIES));
    }
    return (int) count;
  }

  private GgufType readType() {
    int number = readInt();
    return GgufType.of(number)
        .orElseThrow(
            () ->
                damaged(
                    "%s has value type %s instead of 0 to %d"
                        .formatted(
                            what(),
                            Integer.toUnsignedString(number),
                            GgufType.values().length - 1)));
  }

  private String readName(String kindOfThing, int number) {
    kind = kindOfThing;
    subject = "number " + number;
    long length = readLength();
    nameBytes += length;
    if (length == 0 || length > MAX_NAME_BYTES || nameBytes > MAX_ALL_NAME_BYTES) {
      throw damaged("%s has a name of %d bytes".formatted(what(), length));
    }
    subject = new String(in.readBytes((int) length), StandardCharsets.UTF_8);
    return subject;
  }

  /** Reads the length of a string and makes sure that its bytes are there. */
  private long readLength() {
    long length = readLong();
    if (length < 0 || length > in.remaining()) {
      throw truncated(
          "%s has a string of %s bytes but %d are left"
              .formatted(what(), Long.toUnsignedString(length), in.remaining()));
    }
    return length;
  }

  private boolean readBool() {
    byte value = readByte();
    checkBool(value);
    return value == 1;
  }

  private void checkBool(byte value) {
    if (value != 0 && value != 1) {
      throw damaged("%s has the truth value %d instead of 0 or 1".formatted(what(), value & 0xff));
    }
  }

  private byte readByte() {
    need(Byte.BYTES);
    return in.readByte();
  }

  private short readShort() {
    need(Short.BYTES);
    return in.readShort();
  }

  private int readInt() {
    need(Integer.BYTES);
    return in.readInt();
  }

  private long readLong() {
    need(Long.BYTES);
    return in.readLong();
  }

  private void need(int bytes) {
    if (bytes > in.remaining()) {
      throw truncated("it ends within " + what());
    }
  }

  private String what() {
    return subject.isEmpty() ? kind : kind + " " + Printable.quote(subject);
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
