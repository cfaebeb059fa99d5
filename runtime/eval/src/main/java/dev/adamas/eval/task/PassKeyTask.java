package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.Map;
import java.util.TreeMap;

/** {@code passkey}: all five digits of a number hidden at a controlled depth. */
final class PassKeyTask implements Task {

  private final Needles needles;

  PassKeyTask(Needles needles) {
    this.needles = needles;
  }

  @Override
  public String name() {
    return "passkey";
  }

  @Override
  public int fewestTokens() {
    return PassKeyDocument.MIN_TOKENS;
  }

  @Override
  public int decodedTokens() {
    return Needles.VALUE_TOKENS;
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    Tokenizer tokenizer = needles.tokenizer();
    PassKeyDocument document =
        PassKeyDocument.write(
            context - decodedTokens(),
            needles.depth(sample, seed),
            needles.haystack(),
            seed,
            needles.counter());
    return new AnswerSample(
        tokenizer,
        needles.tokens(document.text()),
        new AnswerSample.Judge(
            decodedTokens(),
            Needles::valueComplete,
            answer -> Needles.value(answer).equals(document.key()) ? 1 : 0,
            new TreeMap<>(Map.of("depth", document.depth()))));
  }
}
