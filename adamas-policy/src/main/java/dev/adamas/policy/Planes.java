package dev.adamas.policy;

import java.lang.foreign.MemorySegment;

/**
 * Bit planes of code rows as 64-bit words.
 *
 * <p>A plane of {@code dim/8} bytes is read as {@code ceil(dim/64)} little-endian words; bits
 * beyond {@code dim} are zero.
 */
final class Planes {

  private Planes() {}

  /** Words of one plane. */
  static int words(int dim) {
    return (dim + 63) / 64;
  }

  /** Bits of word {@code word} that hold coordinates. */
  static long mask(int dim, int word) {
    int left = dim - 64 * word;
    return left >= 64 ? -1L : (1L << left) - 1;
  }

  /**
   * Word {@code word} of the plane that starts at byte {@code at}; the array must have 8 bytes to
   * spare after its last plane. The caller masks the last word.
   */
  static long word(byte[] code, int at, int word) {
    return (long) Buffers.LONG_AT.get(code, at + Long.BYTES * word);
  }

  /** The code of coordinate {@code j} of the row at byte {@code at}. */
  static int code(byte[] row, int at, int bits, int planeBytes, int j) {
    int code = 0;
    for (int plane = 0; plane < bits; plane++) {
      code = 2 * code + ((row[at + plane * planeBytes + j / 8] >> (j % 8)) & 1);
    }
    return code;
  }

  /**
   * Reads the planes at the start of a prepared query.
   *
   * @return {@code [bits][words(dim)]}, valid until the thread asks for words again
   */
  static long[] query(MemorySegment prepared, int bits, int dim) {
    int words = words(dim);
    int planeBytes = dim / 8;
    long[] planes = Buffers.words(bits * words);
    byte[] bytes = Buffers.bytes(bits * planeBytes + Long.BYTES);
    Buffers.read(prepared, 0, bytes, bits * planeBytes);
    for (int plane = 0; plane < bits; plane++) {
      for (int w = 0; w < words; w++) {
        planes[plane * words + w] = word(bytes, plane * planeBytes, w) & mask(dim, w);
      }
    }
    return planes;
  }
}
