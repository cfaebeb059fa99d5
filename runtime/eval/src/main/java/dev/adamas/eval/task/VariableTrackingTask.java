package dev.adamas.eval.task;

import dev.adamas.eval.metric.Contained;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * {@code variable-tracking}, after RULER (arXiv 2404.06654): a chain of five variables, each
 * assigned from the one before, lies scattered in a haystack; the score is the share of their names
 * that the answer contains. A short solved example comes first.
 */
final class VariableTrackingTask implements Task {

  private static final int VARIABLES = 5;

  private final Needles needles;

  VariableTrackingTask(Needles needles) {
    this.needles = needles;
  }

  @Override
  public String name() {
    return "variable-tracking";
  }

  @Override
  public int fewestTokens() {
    return 1024;
  }

  @Override
  public int decodedTokens() {
    return 1 + 64;
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    var random = new SplittableRandom(~seed);
    List<String> values = Numbers.distinct(2, random);
    List<String> example = names(3, random);
    Haystack story = needles.haystack().apply(random.nextLong());
    String solved =
        "%s%s%s %s.\n\n"
            .formatted(
                BEFORE,
                assignments(example, values.getFirst()).stream()
                    .map(line -> line.strip() + "\n" + story.sentence())
                    .collect(Collectors.joining("\n")),
                question(values.getFirst()),
                String.join(", ", example));

    List<String> names = names(VARIABLES, random);
    double[] depths = random.doubles(VARIABLES).sorted().toArray();
    List<String> assignments = assignments(names, values.getLast());
    List<NeedleDocument.Needle> chain = new ArrayList<>();
    for (int i = 0; i < VARIABLES; i++) {
      chain.add(new NeedleDocument.Needle(assignments.get(i), depths[i]));
    }
    NeedleDocument document =
        NeedleDocument.write(
            new NeedleDocument.Parts(solved + BEFORE, chain, question(values.getLast())),
            context - decodedTokens(),
            needles.haystack(),
            seed,
            needles.counter());
    return new AnswerSample(
        needles.tokenizer(),
        needles.tokens(document.text()),
        new AnswerSample.Judge(
            decodedTokens() - 1,
            answer -> Contained.share(answer, names) == 1,
            answer -> Contained.share(answer, names),
            Collections.emptySortedMap()));
  }

  private static final String BEFORE =
      "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n";

  private static String question(String value) {
    return "\nQuestion: Find all variables that are assigned the value %s in the text above. Answer: According to the chain(s) of variable assignment in the text above, %d variables are assigned the value %s, they are:"
        .formatted(value, VARIABLES, value);
  }

  private static List<String> assignments(List<String> names, String value) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      lines.add(
          "\n\nVAR %s = %s\n\n"
              .formatted(names.get(i), i == 0 ? value : "VAR " + names.get(i - 1)));
    }
    return lines;
  }

  /** Different names of so many capitals. */
  private static List<String> names(int letters, SplittableRandom random) {
    return random
        .longs()
        .mapToObj(
            number ->
                new SplittableRandom(number)
                    .ints(letters, 'A', 'Z' + 1)
                    .mapToObj(Character::toString)
                    .collect(Collectors.joining()))
        .distinct()
        .limit(VARIABLES)
        .toList();
  }
}
