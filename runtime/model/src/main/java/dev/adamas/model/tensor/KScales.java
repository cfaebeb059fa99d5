package dev.adamas.model.tensor;

/**
 * The twelve bytes, here three little-endian ints, with which Q4_K and Q5_K store eight 6-bit
 * scales and eight 6-bit minima: those of the first four sub-blocks in the low 6 bits of the first
 * and second int's bytes, those of the others as low and high nibbles of the third int's bytes plus
 * the two bits that the first two have left.
 *
 * <p>All eight are unpacked at once into the bytes of a long: reading them one by one from the
 * segment gave the compiler so many nodes that it stopped inlining the vector code around it.
 */
final class KScales {
  private KScales() {}

  /** Byte s is the scale of sub-block s. */
  static long scales(int first, int third) {
    return join(first & 0x3f3f3f3f, (third & 0x0f0f0f0f) | (first >>> 2 & 0x30303030));
  }

  /** Byte s is the minimum of sub-block s. */
  static long minima(int second, int third) {
    return join(second & 0x3f3f3f3f, (third >>> 4 & 0x0f0f0f0f) | (second >>> 2 & 0x30303030));
  }

  private static long join(int low, int high) {
    return (long) high << 32 | low;
  }

  /** The byte of a sub-block. */
  static int of(long values, int block) {
    return (int) (values >>> (8 * block)) & 63;
  }
}
