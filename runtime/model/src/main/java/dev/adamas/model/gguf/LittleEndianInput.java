package dev.adamas.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads a segment forwards through a window on the heap. A vocabulary is a hundred thousand short
 * strings, read once, before anything is compiled: taking the bytes out of an array by hand is then
 * several times as fast as one access to the segment per number.
 *
 * <p>The caller checks {@link #remaining()} first; for one thread.
 */
final class LittleEndianInput {
  private static final int WINDOW = 1 << 16;

  private final MemorySegment data;
  private final long size;
  private final byte[] window;

  /** The window holds the bytes from {@code windowStart} to before {@code windowEnd}. */
  private long windowStart;

  private long windowEnd;
  private long at;

  LittleEndianInput(MemorySegment data) {
    this.data = data;
    this.size = data.byteSize();
    this.window = new byte[(int) Math.min(WINDOW, size)];
  }

  long position() {
    return at;
  }

  long remaining() {
    return size - at;
  }

  void skip(long bytes) {
    at += bytes;
  }

  byte readByte() {
    return window[take(Byte.BYTES)];
  }

  short readShort() {
    int i = take(Short.BYTES);
    return (short) (u8(i) | (u8(i + 1) << 8));
  }

  int readInt() {
    return intAt(take(Integer.BYTES));
  }

  long readLong() {
    int i = take(Long.BYTES);
    return (intAt(i) & 0xffff_ffffL) | ((long) intAt(i + 4) << 32);
  }

  byte[] readBytes(int length) {
    byte[] result = new byte[length];
    if (length <= window.length) {
      System.arraycopy(window, take(length), result, 0, length);
    } else {
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, result, 0, length);
      at += length;
    }
    return result;
  }

  /**
   * Steps over so many bytes and returns where they lie in the window, which it moves if need be.
   */
  private int take(int bytes) {
    if (at < windowStart || at + bytes > windowEnd) {
      int length = (int) Math.min(window.length, size - at);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, window, 0, length);
      windowStart = at;
      windowEnd = at + length;
    }
    int index = (int) (at - windowStart);
    at += bytes;
    return index;
  }

  private int intAt(int i) {
    return u8(i) | (u8(i + 1) << 8) | (u8(i + 2) << 16) | (u8(i + 3) << 24);
  }

  private int u8(int i) {
    return window[i] & 0xff;
  }
}
