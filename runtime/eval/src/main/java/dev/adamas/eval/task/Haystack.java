package dev.adamas.eval.task;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;

/** Sentences without end in which something is hidden, the same for the same seed. */
public interface Haystack {

  /** The next sentence, with its punctuation and without surrounding space. */
  String sentence();

  /** Where haystacks come from: a seed gives one. */
  interface Source extends LongFunction<Haystack> {}

  /** A made-up story without digits, in the words of nineteenth-century novels. */
  static Source generated() {
    return GeneratedHaystack::new;
  }

  /**
   * The sentences of a text, from a sentence that the seed chooses, round and round.
   *
   * @throws IllegalArgumentException where it has none
   */
  static Source of(String text) {
    List<String> sentences =
        Arrays.stream(
                text.split("(?<=[.!?][\"'\u201d\u2019)]?)\\s+(?=[\\p{Lu}\"'\u201c\u2018(])", -1))
            .map(sentence -> sentence.strip().replaceAll("\\s+", " "))
            .filter(sentence -> !sentence.isEmpty())
            .toList();
    if (sentences.isEmpty()) {
      throw new IllegalArgumentException("The haystack has no text; name a file with sentences.");
    }
    return seed ->
        new TextHaystack(sentences, new SplittableRandom(seed).nextInt(sentences.size()));
  }
}
