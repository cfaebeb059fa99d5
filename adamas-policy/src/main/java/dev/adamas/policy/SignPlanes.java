package dev.adamas.policy;

/**
 * Levels as sums of signs, which is how products of levels become bit counts.
 *
 * <p>Read a bit as a sign, +1 where it is set. Levels that are symmetric about zero are then {@code
 * ℓ(code) = Σ w_S s_S} over products {@code s_S} of an odd number of the code's signs: the sign of
 * the only bit; of the high and of the low bit at 2 bits (for levels -10, -3, 3, 10: {@code (13·s +
 * 7·u) / 2}); of each of the three bits and of their product at 3 bits. A product of two signs
 * summed over {@code d} coordinates is {@code d - 2·popcount(xor)}.
 */
final class SignPlanes {

  private SignPlanes() {}

  /** Sign planes of codes of {@code bits}. */
  static int count(int bits) {
    return bits == 3 ? 4 : bits;
  }

  /**
   * One weight per sign plane, times {@code 2^bits} so that it is whole: planes from the most
   * significant bit down, then their product.
   */
  static int weight(Levels levels, int bits, int plane) {
    int last = levels.values.length - 1;
    int weight = 0;
    for (int code = 0; code <= last; code++) {
      int sign = plane < bits ? ((code >> (bits - 1 - plane)) & 1) : Integer.bitCount(code) & 1;
      weight += sign == 1 ? levels.values[code] : -levels.values[code];
    }
    return weight;
  }

  /** Word {@code word} of a sign plane of the code row at byte {@code at}, not masked. */
  static long word(byte[] codes, int at, int bits, int planeBytes, int plane, int word) {
    if (plane < bits) {
      return Planes.word(codes, at + plane * planeBytes, word);
    }
    return Planes.word(codes, at, word)
        ^ Planes.word(codes, at + planeBytes, word)
        ^ Planes.word(codes, at + 2 * planeBytes, word);
  }
}
