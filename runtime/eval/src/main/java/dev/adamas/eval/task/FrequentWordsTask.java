package dev.adamas.eval.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * {@code frequent-words}, after RULER (arXiv 2404.06654): coined words whose frequencies fall with
 * the square of their rank, the first rank being dots; the next three are asked for.
 */
final class FrequentWordsTask extends WordListTask {

  private static final int ASKED = 3;

  /** Sum of all 1/k². */
  private static final double ZETA = Math.PI * Math.PI / 6;

  FrequentWordsTask(Needles needles) {
    super(needles);
  }

  @Override
  public String name() {
    return "frequent-words";
  }

  @Override
  public int fewestTokens() {
    return 512;
  }

  @Override
  public int decodedTokens() {
    return 1 + 50;
  }

  @Override
  Listing listing(int context, int size, SplittableRandom random) {
    List<String> vocabulary =
        CoinedWords.distinct(Math.max(2 * ASKED, context / 50), random.split());
    List<String> words = new ArrayList<>(Collections.nCopies(count(size, 1), "...."));
    for (int i = 0; i < vocabulary.size(); i++) {
      words.addAll(Collections.nCopies(count(size, i + 2), vocabulary.get(i)));
    }
    return new Listing(
        "Read the following coded text and track the frequency of each coded word. Find the three"
            + " most frequently appeared coded words. "
            + String.join(" ", shuffled(words, random))
            + "\nQuestion: Do not provide any explanation. Please ignore the dots '....'. What are"
            + " the three most frequently appeared words in the above coded text? Answer: According"
            + " to the coded text above, the three most frequently appeared words are:",
        vocabulary.subList(0, ASKED));
  }

  /** How often the word of a rank occurs, at least so that the first ranks differ. */
  private static int count(int words, int rank) {
    int least = rank <= ASKED + 1 ? 2 + ASKED + 1 - rank : 0;
    return Math.max(least, (int) (words / (ZETA * rank * rank)));
  }
}
