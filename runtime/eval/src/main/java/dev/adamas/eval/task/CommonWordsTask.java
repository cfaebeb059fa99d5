package dev.adamas.eval.task;

import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * {@code common-words}, after RULER (arXiv 2404.06654): ten words occur ten times as often as the
 * others in a numbered list. A short solved example comes first. The words are coined, because no
 * word list is shipped.
 */
final class CommonWordsTask extends WordListTask {

  private static final int COMMON = 10;

  /** From this context on, words are repeated more often. */
  private static final int LONG = 4096;

  CommonWordsTask(Needles needles) {
    super(needles);
  }

  @Override
  public String name() {
    return "common-words";
  }

  @Override
  public int fewestTokens() {
    return 1536;
  }

  @Override
  public int decodedTokens() {
    return 1 + 120;
  }

  @Override
  Listing listing(int context, int size, SplittableRandom random) {
    List<String> example = CoinedWords.distinct(2 * COMMON, random.split());
    String solved =
        question(example, 3, 1, random.split()) + " " + numbered(example.subList(0, COMMON)) + "\n";
    List<String> words = CoinedWords.distinct(COMMON + size, random.split());
    boolean many = context >= LONG;
    return new Listing(
        solved + question(words, many ? 30 : 6, many ? 3 : 1, random.split()),
        words.subList(0, COMMON));
  }

  private static String question(
      List<String> words, int commonRepeats, int repeats, SplittableRandom random) {
    List<String> list =
        Stream.concat(
                Collections.nCopies(commonRepeats, words.subList(0, COMMON)).stream(),
                Collections.nCopies(repeats, words.subList(COMMON, words.size())).stream())
            .flatMap(List::stream)
            .toList();
    return "Below is a numbered list of words. In these words, some appear more often than others."
        + " Memorize the ones that appear most often.\n"
        + numbered(shuffled(list, random))
        + "\nQuestion: What are the 10 most common words in the above list? Answer: The top 10 words"
        + " that appear most often in the list are:";
  }

  private static String numbered(List<String> words) {
    return IntStream.range(0, words.size())
        .mapToObj(i -> (i + 1) + ". " + words.get(i))
        .collect(Collectors.joining(" "));
  }
}
