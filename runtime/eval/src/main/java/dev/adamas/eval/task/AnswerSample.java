package dev.adamas.eval.task;

import dev.adamas.model.Sampler;
import dev.adamas.model.SamplerSettings;
import dev.adamas.model.tokenizer.StreamingDetokenizer;
import dev.adamas.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * A prompt with a question that is answered greedily. Its last token is decoded and not read with
 * the rest, so that the answer's first token already comes from the policy.
 */
final class AnswerSample implements Sample {

  /**
   * How an answer is taken and judged.
   *
   * @param tokens of it, at most
   * @param complete whether what there is of it is all that counts
   * @param score from 0 to 1
   * @param details figures of the sample, the same for every policy
   */
  record Judge(
      int tokens,
      Predicate<String> complete,
      ToDoubleFunction<String> score,
      SortedMap<String, Double> details) {}

  private final Tokenizer tokenizer;
  private final int[] prompt;
  private final int last;
  private final Judge judge;

  /**
   * @param tokens the prompt with the question, at least two
   */
  AnswerSample(Tokenizer tokenizer, int[] tokens, Judge judge) {
    this.tokenizer = tokenizer;
    prompt = Arrays.copyOf(tokens, tokens.length - 1);
    last = tokens[tokens.length - 1];
    this.judge = judge;
  }

  Judge judge() {
    return judge;
  }

  @Override
  public int[] prompt() {
    return prompt.clone();
  }

  @Override
  public List<int[]> given() {
    return List.of(new int[] {last});
  }

  @Override
  public Outcome run(Decoding decoding) {
    decoding.decode(last);
    return new Outcome(
        judge.score().applyAsDouble(answer(tokenizer, decoding, judge.tokens(), judge.complete())),
        judge.details());
  }

  /** Decodes greedily until the answer is complete, the model ends it or it is long enough. */
  static String answer(
      Tokenizer tokenizer, Decoding decoding, int most, Predicate<String> complete) {
    Sampler sampler = Sampler.of(SamplerSettings.greedy());
    StreamingDetokenizer detokenizer = tokenizer.detokenizer(true);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < most; i++) {
      int token = sampler.next(decoding.logits());
      if (tokenizer.endsGeneration(token)) {
        break;
      }
      text.append(detokenizer.append(token));
      if (i + 1 == most || complete.test(text.toString())) {
        break;
      }
      decoding.decode(token);
    }
    return text.append(detokenizer.flush()).toString();
  }
}
