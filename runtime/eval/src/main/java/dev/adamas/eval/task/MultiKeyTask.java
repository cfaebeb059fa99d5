package dev.adamas.eval.task;

import java.util.Map;
import java.util.TreeMap;

/** {@code multikey}: several things have a secret number, one is asked for. */
final class MultiKeyTask implements Task {

  private static final int THINGS = 4;

  private final Needles needles;

  MultiKeyTask(Needles needles) {
    this.needles = needles;
  }

  @Override
  public String name() {
    return "multikey";
  }

  @Override
  public int fewestTokens() {
    return 384;
  }

  @Override
  public int decodedTokens() {
    return Needles.VALUE_TOKENS;
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    double depth = needles.depth(sample, seed);
    SecretNumbers numbers =
        SecretNumbers.write(
            needles,
            new SecretNumbers.Layout(THINGS, 1, context - decodedTokens(), depth),
            things ->
                "\n\nWhat is the secret number of the %s? The secret number of the %s is"
                    .formatted(things.getFirst(), things.getFirst()),
            seed);
    return new AnswerSample(
        needles.tokenizer(),
        needles.tokens(numbers.text()),
        new AnswerSample.Judge(
            decodedTokens(),
            Needles::valueComplete,
            answer -> Needles.value(answer).equals(numbers.values().getFirst()) ? 1 : 0,
            new TreeMap<>(Map.of("depth", depth))));
  }
}
