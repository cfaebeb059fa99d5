package dev.adamas.eval.task;

import dev.adamas.eval.metric.Contained;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Tasks in which nothing is hidden and everything has to be counted: the prompt is a list of words
 * as long as the context allows; the score is the share of the expected words that the answer
 * contains.
 */
abstract class WordListTask implements Task {

  /**
   * A prompt.
   *
   * @param text with the question
   * @param expected the words to name
   */
  record Listing(String text, List<String> expected) {
    /** Copies {@code expected}. */
    Listing {
      expected = List.copyOf(expected);
    }
  }

  private final Needles needles;

  WordListTask(Needles needles) {
    this.needles = needles;
  }

  /**
   * A prompt of some size; a larger size gives a longer one.
   *
   * @param context tokens that there are
   * @param size from 1
   * @param random the same for every size
   */
  abstract Listing listing(int context, int size, SplittableRandom random);

  @Override
  public Sample sample(int context, int sample, long seed) {
    int room = context - decodedTokens();
    int fits = 0;
    int tooMany = room + 1; // a word has at least a token
    while (tooMany - fits > 1) {
      int middle = (fits + tooMany) >>> 1;
      if (tokens(context, middle, seed).length <= room) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    if (fits == 0) {
      throw new IllegalArgumentException(
          "%s does not fit %d tokens with this tokenizer; ask for a longer context."
              .formatted(name(), context));
    }
    Listing listing = listing(context, fits, new SplittableRandom(seed));
    return new AnswerSample(
        needles.tokenizer(),
        needles.tokens(listing.text()),
        new AnswerSample.Judge(
            decodedTokens() - 1,
            answer -> Contained.share(answer, listing.expected()) == 1,
            answer -> Contained.share(answer, listing.expected()),
            Collections.emptySortedMap()));
  }

  private int[] tokens(int context, int size, long seed) {
    return needles.tokens(listing(context, size, new SplittableRandom(seed)).text());
  }

  /** Puts words in another order. */
  static List<String> shuffled(List<String> words, SplittableRandom random) {
    String[] array = words.toArray(String[]::new);
    for (int i = array.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String word = array[i];
      array[i] = array[j];
      array[j] = word;
    }
    return List.of(array);
  }
}
