package dev.adamas.eval.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Secret numbers of things, hidden in a haystack.
 *
 * @param text the document with the question
 * @param things what has a number, in the order in which they are asked for
 * @param values the numbers, in that order
 */
record SecretNumbers(String text, List<String> things, List<String> values) {

  private static final List<String> THINGS =
      List.of(
          "lantern",
          "kettle",
          "saddle",
          "compass",
          "ladder",
          "mirror",
          "basket",
          "trumpet",
          "candle",
          "anchor",
          "barrel",
          "hammer",
          "blanket",
          "feather",
          "pillow",
          "bottle",
          "wagon",
          "statue",
          "curtain",
          "needle",
          "shovel",
          "necklace",
          "umbrella",
          "wallet");

  /** Copies the lists. */
  SecretNumbers {
    things = List.copyOf(things);
    values = List.copyOf(values);
  }

  /**
   * What is to be hidden.
   *
   * @param things how many things
   * @param values numbers of each thing
   * @param tokens of the document
   * @param depth of the first value of the first thing; the others are anywhere
   */
  record Layout(int things, int values, int tokens, double depth) {}

  /** The question of a document, whose continuation is the answer. */
  @FunctionalInterface
  interface Question {
    /** Asks. */
    String about(List<String> things);
  }

  /** Writes a document. */
  static SecretNumbers write(Needles needles, Layout layout, Question question, long seed) {
    var random = new SplittableRandom(~seed);
    List<String> names =
        random
            .ints(0, THINGS.size())
            .distinct()
            .limit(layout.things())
            .mapToObj(THINGS::get)
            .toList();
    List<String> values = Numbers.distinct(layout.things() * layout.values(), random);
    List<NeedleDocument.Needle> hidden = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      hidden.add(
          new NeedleDocument.Needle(
              "\n\nThe secret number of the %s is %s.\n\n"
                  .formatted(names.get(i / layout.values()), values.get(i)),
              i == 0 ? layout.depth() : random.nextDouble()));
    }
    hidden.sort(Comparator.comparingDouble(NeedleDocument.Needle::depth));
    NeedleDocument document =
        NeedleDocument.write(
            new NeedleDocument.Parts(PassKeyDocument.BEFORE, hidden, question.about(names)),
            layout.tokens(),
            needles.haystack(),
            seed,
            needles.counter());
    return new SecretNumbers(document.text(), names, values);
  }

  /** The things from the second on, in the words of the question. */
  static String list(List<String> things) {
    return IntStream.range(0, things.size())
        .mapToObj(
            i -> (i == 0 ? "" : i == things.size() - 1 ? " and " : ", ") + "the " + things.get(i))
        .reduce("", String::concat);
  }
}
