package dev.adamas.model.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes small GGUF files for tests, sound or not: it checks nothing. */
public final class GgufWriter {
  private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();
  private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private byte[] magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
  private int version = 3;
  private int alignment = 32;
  private long keys;
  private long tensors;

  /** Begins a file without keys and tensors. */
  public GgufWriter() {}

  /** Replaces the first four bytes. */
  public GgufWriter magic(String text) {
    magic = text.getBytes(StandardCharsets.ISO_8859_1);
    return this;
  }

  public GgufWriter version(int number) {
    version = number;
    return this;
  }

  /** Writes the key and pads with it. */
  public GgufWriter alignment(int bytes) {
    alignment = bytes;
    return uint32("general.alignment", bytes);
  }

  /** Says that there are so many more keys than there are. */
  public GgufWriter moreKeys(long more) {
    keys += more;
    return this;
  }

  /** Says that there are so many more tensors than there are. */
  public GgufWriter moreTensors(long more) {
    tensors += more;
    return this;
  }

  /** Any value: type number and bytes. */
  public GgufWriter raw(String key, int type, byte[] value) {
    keys++;
    metadata.writeBytes(string(key));
    metadata.writeBytes(int32(type));
    metadata.writeBytes(value);
    return this;
  }

  public GgufWriter uint32(String key, int value) {
    return raw(key, 4, int32(value));
  }

  public GgufWriter bool(String key, boolean value) {
    return raw(key, 7, new byte[] {(byte) (value ? 1 : 0)});
  }

  public GgufWriter string(String key, String value) {
    return raw(key, 8, string(value));
  }

  public GgufWriter strings(String key, List<String> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(int32(8));
    out.writeBytes(int64(values.size()));
    values.forEach(v -> out.writeBytes(string(v)));
    return raw(key, 9, out.toByteArray());
  }

  public GgufWriter ints(String key, int... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(int32(5));
    out.writeBytes(int64(values.length));
    for (int value : values) {
      out.writeBytes(int32(value));
    }
    return raw(key, 9, out.toByteArray());
  }

  public GgufWriter floats(String key, float... values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(int32(6));
    out.writeBytes(int64(values.length));
    for (float value : values) {
      out.writeBytes(int32(Float.floatToIntBits(value)));
    }
    return raw(key, 9, out.toByteArray());
  }

  /** A tensor with its bytes, which begin at the next aligned offset. */
  public GgufWriter tensor(String name, int type, byte[] bytes, long... dimensions) {
    long offset = data.size();
    data.writeBytes(bytes);
    data.writeBytes(new byte[padding(data.size())]);
    return tensorAt(name, type, offset, dimensions);
  }

  /** A tensor that claims to begin at an offset. */
  public GgufWriter tensorAt(String name, int type, long offset, long... dimensions) {
    tensors++;
    infos.writeBytes(string(name));
    infos.writeBytes(int32(dimensions.length));
    for (long dimension : dimensions) {
      infos.writeBytes(int64(dimension));
    }
    infos.writeBytes(int32(type));
    infos.writeBytes(int64(offset));
    return this;
  }

  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(magic);
    out.writeBytes(int32(version));
    out.writeBytes(int64(tensors));
    out.writeBytes(int64(keys));
    out.writeBytes(metadata.toByteArray());
    out.writeBytes(infos.toByteArray());
    out.writeBytes(new byte[padding(out.size())]);
    out.writeBytes(data.toByteArray());
    return out.toByteArray();
  }

  /** The file, read back; messages call it {@code test.gguf}. */
  public GgufFile open() {
    return GgufFile.of("test.gguf", MemorySegment.ofArray(bytes()));
  }

  private int padding(int size) {
    return alignment <= 0 ? 0 : Math.floorMod(-size, alignment);
  }

  static byte[] string(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + utf8.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(utf8.length)
        .put(utf8)
        .array();
  }

  static byte[] int32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  static byte[] int64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }
}
