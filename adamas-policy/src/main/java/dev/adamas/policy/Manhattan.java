package dev.adamas.policy;

/**
 * {@code manhattan@1}: {@code Σ |a - b|} over the codes (arXiv 2510.18413), exactly.
 *
 * <p>Each code is read as a thermometer: one bit per threshold, set where the code exceeds it. Then
 * {@code |a - b|} is the number of thermometer bits that differ.
 */
final class Manhattan extends RankDistance {

  static final String ID = "manhattan";

  Manhattan() {
    super(ID);
  }

  @Override
  int two(long a1, long a0, long b1, long b0) {
    return Long.bitCount(a1 ^ b1)
        + Long.bitCount((a1 | a0) ^ (b1 | b0))
        + Long.bitCount((a1 & a0) ^ (b1 & b0));
  }

  @Override
  int three(long a2, long a1, long a0, long b2, long b1, long b0) {
    return Long.bitCount((a2 | a1 | a0) ^ (b2 | b1 | b0))
        + Long.bitCount((a2 | a1) ^ (b2 | b1))
        + Long.bitCount((a2 | (a1 & a0)) ^ (b2 | (b1 & b0)))
        + Long.bitCount(a2 ^ b2)
        + Long.bitCount((a2 & (a1 | a0)) ^ (b2 & (b1 | b0)))
        + Long.bitCount((a2 & a1) ^ (b2 & b1))
        + Long.bitCount((a2 & a1 & a0) ^ (b2 & b1 & b0));
  }
}
