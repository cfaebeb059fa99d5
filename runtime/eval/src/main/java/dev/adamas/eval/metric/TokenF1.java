package dev.adamas.eval.metric;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Token F1 of question answering as SQuAD and LongBench define it: words in lower case, without
 * ASCII punctuation and articles, as bags.
 */
public final class TokenF1 {

  /** Python's word boundaries, for which combining marks are no part of a word. */
  private static final Pattern ARTICLE =
      Pattern.compile("(?<![\\p{L}\\p{N}_])(a|an|the)(?![\\p{L}\\p{N}_])");

  private TokenF1() {}

  /** The harmonic mean of the share of predicted and of expected words that are in both. */
  public static double score(String prediction, String expected) {
    List<String> predicted = words(prediction);
    List<String> wanted = words(expected);
    Map<String, Long> left =
        wanted.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    int same = 0;
    for (String word : predicted) {
      long count = left.getOrDefault(word, 0L);
      if (count > 0) {
        left.put(word, count - 1);
        same++;
      }
    }
    if (same == 0) {
      return 0;
    }
    double precision = (double) same / predicted.size();
    double recall = (double) same / wanted.size();
    return 2 * precision * recall / (precision + recall);
  }

  private static List<String> words(String text) {
    String plain = text.toLowerCase(Locale.ROOT).replaceAll("\\p{Punct}", "");
    return Words.of(ARTICLE.matcher(plain).replaceAll(" "));
  }
}
