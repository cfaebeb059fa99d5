package dev.adamas.eval.task;

import java.util.List;
import java.util.SplittableRandom;

/** Words that mean nothing: three syllables of two letters, so that none contains another. */
final class CoinedWords {

  private static final String CONSONANTS = "bdfghjklmnprstvwz";
  private static final String VOWELS = "aeiou";

  private CoinedWords() {}

  /** Different words. */
  static List<String> distinct(int count, SplittableRandom random) {
    return random
        .ints(0, CONSONANTS.length() * VOWELS.length())
        .mapToObj(first -> syllable(first) + any(random) + any(random))
        .distinct()
        .limit(count)
        .toList();
  }

  private static String any(SplittableRandom random) {
    return syllable(random.nextInt(CONSONANTS.length() * VOWELS.length()));
  }

  private static String syllable(int number) {
    return ""
        + CONSONANTS.charAt(number / VOWELS.length())
        + VOWELS.charAt(number % VOWELS.length());
  }
}
