package dev.adamas.model.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The twelve bytes with which Q4_K and Q5_K store eight 6-bit scales and eight 6-bit minima: those
 * of the first four sub-blocks in the low 6 bits of bytes 0…3 and 4…7, those of the others as a low
 * nibble and a high nibble of bytes 8…11 plus the two bits the first eight bytes have left.
 */
final class KScales {
  private KScales() {}

  static int scale(MemorySegment data, long offset, int block) {
    if (block < 4) {
      return at(data, offset + block) & 63;
    }
    return (at(data, offset + block + 4) & 15) | (at(data, offset + block - 4) & 0xc0) >> 2;
  }

  static int minimum(MemorySegment data, long offset, int block) {
    if (block < 4) {
      return at(data, offset + block + 4) & 63;
    }
    return (at(data, offset + block + 4) & 0xff) >> 4 | (at(data, offset + block) & 0xc0) >> 2;
  }

  private static int at(MemorySegment data, long offset) {
    return data.get(ValueLayout.JAVA_BYTE, offset);
  }
}
