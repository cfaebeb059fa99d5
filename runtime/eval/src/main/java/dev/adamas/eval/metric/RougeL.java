package dev.adamas.eval.metric;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * ROUGE-L at the level of summaries, as the Python package {@code rouge} computes it and LongBench
 * reports it: sentences end at full stops, and every word counts once. The union of the longest
 * common subsequences of all pairs of sentences is held against the words of each side.
 */
public final class RougeL {

  /** Keeps the harmonic mean of two zeros defined; part of the reference's formula. */
  private static final double EPSILON = 1e-8;

  private RougeL() {}

  /** The F-measure; 0 where one of the texts has no sentence. */
  public static double score(String prediction, String expected) {
    List<List<String>> predicted = sentences(prediction);
    List<List<String>> wanted = sentences(expected);
    if (predicted.isEmpty() || wanted.isEmpty()) {
      return 0;
    }
    Set<String> common = new HashSet<>();
    for (List<String> reference : wanted) {
      for (List<String> candidate : predicted) {
        addCommon(reference, candidate, common);
      }
    }
    double precision = (double) common.size() / distinct(predicted);
    double recall = (double) common.size() / distinct(wanted);
    return 2 * precision * recall / (precision + recall + EPSILON);
  }

  private static List<List<String>> sentences(String text) {
    return Arrays.stream(text.split("\\.", -1))
        .filter(sentence -> !sentence.isEmpty())
        .map(Words::of)
        // The reference splits a blank sentence into one empty word.
        .map(words -> words.isEmpty() ? List.of("") : words)
        .toList();
  }

  private static long distinct(List<List<String>> sentences) {
    return sentences.stream().flatMap(List::stream).distinct().count();
  }

  /** Adds the words of a longest common subsequence; of several the one the reference finds. */
  private static void addCommon(
      List<String> reference, List<String> candidate, Set<String> common) {
    int[][] length =
        LongestCommon.lengths(
            reference.size(),
            candidate.size(),
            (i, j) -> reference.get(i).equals(candidate.get(j)));
    int i = reference.size();
    int j = candidate.size();
    while (i > 0 && j > 0) {
      if (reference.get(i - 1).equals(candidate.get(j - 1))) {
        common.add(reference.get(i - 1));
        i--;
        j--;
      } else if (length[i - 1][j] > length[i][j - 1]) {
        i--;
      } else {
        j--;
      }
    }
  }
}
