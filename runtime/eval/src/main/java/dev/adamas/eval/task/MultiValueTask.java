package dev.adamas.eval.task;

import dev.adamas.eval.metric.Contained;
import java.util.Collections;

/**
 * {@code niah-multivalue}, after RULER (arXiv 2404.06654): one thing has several secret numbers,
 * all are asked for; the score is the share that the answer contains.
 */
final class MultiValueTask implements Task {

  private static final int VALUES = 4;

  /** The question's last token, and what RULER lets a model say. */
  private static final int TOKENS = 1 + 128;

  private final Needles needles;

  MultiValueTask(Needles needles) {
    this.needles = needles;
  }

  @Override
  public String name() {
    return "niah-multivalue";
  }

  @Override
  public int fewestTokens() {
    return 512;
  }

  @Override
  public int decodedTokens() {
    return TOKENS;
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    SecretNumbers numbers =
        SecretNumbers.write(
            needles,
            new SecretNumbers.Layout(
                1, VALUES, context - decodedTokens(), needles.depth(sample, seed)),
            things ->
                "\n\nWhat are all the secret numbers of the %s? The secret numbers of the %s are"
                    .formatted(things.getFirst(), things.getFirst()),
            seed);
    return new AnswerSample(
        needles.tokenizer(),
        needles.tokens(numbers.text()),
        new AnswerSample.Judge(
            TOKENS - 1,
            answer -> Contained.share(answer, numbers.values()) == 1,
            answer -> Contained.share(answer, numbers.values()),
            Collections.emptySortedMap()));
  }
}
