package dev.adamas.eval.metric;

/**
 * Similarity of code lines as LongBench scores it: the first line of the answer that is no comment
 * and no markup, against the expected line, by the ratio of python-Levenshtein (insertions and
 * deletions cost 1, so it is twice the longest common subsequence over both lengths), rounded to
 * whole hundredths.
 */
public final class EditSimilarity {

  private EditSimilarity() {}

  /** Similarity of the answer's first line of code. */
  public static double score(String prediction, String expected) {
    for (String line : prediction.replaceFirst("^\n+", "").split("\n", -1)) {
      if (!line.contains("`") && !line.contains("#") && !line.contains("//")) {
        return ratio(line, expected);
      }
    }
    return ratio("", expected);
  }

  private static double ratio(String one, String two) {
    if (one.equals(two)) {
      return 1;
    }
    int[] a = one.codePoints().toArray();
    int[] b = two.codePoints().toArray();
    if (a.length == 0 || b.length == 0) {
      return 0;
    }
    int common =
        LongestCommon.lengths(a.length, b.length, (i, j) -> a[i] == b[j])[a.length][b.length];
    // In this order: 0.575 of 100 is below a half, as in the reference.
    return Math.rint(100 * (2.0 * common / (a.length + b.length))) / 100;
  }
}
