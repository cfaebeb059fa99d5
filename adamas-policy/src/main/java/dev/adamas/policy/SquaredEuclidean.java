package dev.adamas.policy;

/**
 * {@code l2@1}: {@code Σ (a - b)²} over the codes, exactly.
 *
 * <p>With {@code a - b = Σ 2^i d_i}, {@code d_i} the difference of plane {@code i}, the square is
 * {@code Σ 4^i d_i² + 2 Σ_{i<j} 2^(i+j) d_i d_j}: the planes that differ, and for each pair of
 * planes the places where both differ, in the same direction or in opposite ones.
 */
final class SquaredEuclidean extends RankDistance {

  static final String ID = "l2";

  SquaredEuclidean() {
    super(ID);
  }

  @Override
  int two(long a1, long a0, long b1, long b0) {
    return 4 * Long.bitCount(a1 ^ b1) + Long.bitCount(a0 ^ b0) + 4 * cross(a1, a0, b1, b0);
  }

  @Override
  int three(long a2, long a1, long a0, long b2, long b1, long b0) {
    return 16 * Long.bitCount(a2 ^ b2)
        + 16 * cross(a2, a1, b2, b1)
        + 8 * cross(a2, a0, b2, b0)
        + two(a1, a0, b1, b0);
  }

  /**
   * {@code Σ (a - b)·(c - d)} of two planes: both differ, less twice those in opposite directions.
   */
  private static int cross(long a, long c, long b, long d) {
    long both = (a ^ b) & (c ^ d);
    return Long.bitCount(both) - 2 * Long.bitCount(both & (a ^ c));
  }
}
