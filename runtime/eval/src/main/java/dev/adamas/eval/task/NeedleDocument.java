package dev.adamas.eval.task;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * A document of a given length: an introduction, a haystack with needles in it, and a question.
 *
 * @param text all of it
 * @param depths where each needle begins, as a share of all tokens
 */
record NeedleDocument(String text, List<Double> depths) {

  /** Copies {@code depths}. */
  NeedleDocument {
    depths = List.copyOf(depths);
  }

  /**
   * Something hidden.
   *
   * @param text with the space around it that it needs
   * @param depth where it is wanted, as a share of all tokens
   */
  record Needle(String text, double depth) {}

  /**
   * What stands around the haystack.
   *
   * @param before first text
   * @param needles by depth, the first one first
   * @param after last text
   */
  record Parts(String before, List<Needle> needles, String after) {
    /** Copies {@code needles}. */
    Parts {
      needles = List.copyOf(needles);
    }
  }

  /** Sentences tried for one that fits exactly what is left; one in about twenty does. */
  private static final int TRIES = 400;

  /** A tokenizer that joins tokens across parts makes the whole differ from the sum. */
  private static final int ROUNDS = 8;

  /**
   * Writes a document of at most {@code tokens} tokens; it is exactly that long where the
   * tokenizer's counts of the parts add up and some sentence fits the rest.
   *
   * @param haystack where the story comes from
   * @param seed of the story
   * @param counter tokens of a text
   * @throws IllegalArgumentException where the parts alone are longer
   */
  static NeedleDocument write(
      Parts parts, int tokens, Haystack.Source haystack, long seed, ToIntFunction<String> counter) {
    int room = tokens;
    for (int round = 0; round < ROUNDS; round++) {
      NeedleDocument document = new Writer(parts, room, haystack, seed, counter).write();
      int excess = counter.applyAsInt(document.text()) - tokens;
      if (excess <= 0) {
        return document;
      }
      room -= excess;
    }
    throw new IllegalArgumentException(
        "No document of %d tokens can be written with this tokenizer; ask for a longer context."
            .formatted(tokens));
  }

  /** One attempt. */
  private static final class Writer {

    private final Parts parts;
    private final int tokens;
    private final Haystack story;
    private final SplittableRandom random;
    private final ToIntFunction<String> counter;
    private final StringBuilder text = new StringBuilder();
    private final List<Double> depths = new ArrayList<>();

    /** Tokens written, and tokens of the needles and the question that are still to come. */
    private int used;

    private int reserved;

    Writer(
        Parts parts,
        int tokens,
        Haystack.Source haystack,
        long seed,
        ToIntFunction<String> counter) {
      this.parts = parts;
      this.tokens = tokens;
      this.counter = counter;
      random = new SplittableRandom(seed);
      story = haystack.apply(random.nextLong());
    }

    NeedleDocument write() {
      append(parts.before());
      reserved = counter.applyAsInt(parts.after());
      for (Needle needle : parts.needles()) {
        reserved += counter.applyAsInt(needle.text());
      }
      if (used + reserved > tokens) {
        throw new IllegalArgumentException(
            "What is to be hidden and asked takes %d tokens, more than the %d there are; ask for a longer context."
                .formatted(used + reserved, tokens));
      }
      tell();
      fill();
      while (depths.size() < parts.needles().size()) {
        hide();
      }
      append(parts.after());
      return new NeedleDocument(text.toString(), depths);
    }

    /** Sentences, now and then in a new paragraph, as long as another one certainly fits. */
    private void tell() {
      String next = story.sentence();
      for (boolean first = true; ; first = false) {
        hideWhatIsDue();
        String part = (first || atLineStart() ? "" : random.nextInt(6) == 0 ? "\n\n" : " ") + next;
        int length = counter.applyAsInt(part);
        if (left() - length < 2 * length + 32) {
          return;
        }
        append(part);
        next = story.sentence();
      }
    }

    private boolean atLineStart() {
      return text.length() > 0 && text.charAt(text.length() - 1) == '\n';
    }

    private void hideWhatIsDue() {
      while (depths.size() < parts.needles().size()
          && used >= parts.needles().get(depths.size()).depth() * tokens) {
        hide();
      }
    }

    private void hide() {
      Needle needle = parts.needles().get(depths.size());
      depths.add((double) used / tokens);
      reserved -= append(needle.text());
    }

    /**
     * Fills the rest: sentences are taken as they come while there is room for another, then one of
     * the right length is waited for; where none comes, words of one do.
     */
    private void fill() {
      for (int i = 0; i < TRIES && left() > 0; i++) {
        hideWhatIsDue();
        String candidate = (atLineStart() ? "" : " ") + story.sentence();
        int length = counter.applyAsInt(candidate);
        if (length == left() || left() - length >= 16) {
          append(candidate);
        }
      }
      String separator = atLineStart() ? "" : " ";
      while (left() > 0) {
        for (String word : story.sentence().split(" ", -1)) {
          if (counter.applyAsInt(separator + word) > left()) {
            return;
          }
          append(separator + word);
          separator = " ";
        }
      }
    }

    private int left() {
      return tokens - used - reserved;
    }

    private int append(String part) {
      text.append(part);
      int length = counter.applyAsInt(part);
      used += length;
      return length;
    }
  }
}
