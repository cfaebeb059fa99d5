package dev.adamas.eval.metric;

/** Longest common subsequences by dynamic programming. */
final class LongestCommon {

  private LongestCommon() {}

  /** Whether two elements are equal. */
  @FunctionalInterface
  interface Same {
    /** Compares element {@code i} of the first with element {@code j} of the second. */
    boolean test(int i, int j);
  }

  /** Entry {@code [i][j]} is the length for the first {@code i} and {@code j} elements. */
  static int[][] lengths(int first, int second, Same same) {
    int[][] table = new int[first + 1][second + 1];
    for (int i = 1; i <= first; i++) {
      for (int j = 1; j <= second; j++) {
        table[i][j] =
            same.test(i - 1, j - 1)
                ? table[i - 1][j - 1] + 1
                : Math.max(table[i - 1][j], table[i][j - 1]);
      }
    }
    return table;
  }
}
