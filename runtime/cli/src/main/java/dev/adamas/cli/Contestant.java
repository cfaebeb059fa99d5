package dev.adamas.cli;

import dev.adamas.api.LayerPlan;
import dev.adamas.engine.SessionDescription;
import dev.adamas.engine.SessionStatistics;
import dev.adamas.model.Model;
import dev.adamas.model.Sampler;
import dev.adamas.model.SamplerSettings;
import dev.adamas.model.Sequence;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * One policy that answers a question, several times over, from its own fork of the prompt.
 *
 * <p>The prompt's last token is decoded, not read with the rest, so that the first digit already
 * comes from the policy. Each answer goes back to there, so that every measured token has the whole
 * document before it. The first answer is the one that counts; times count from {@link #measure}
 * on.
 */
final class Contestant implements AutoCloseable {

  /** Tokens of an answer: a space, five digits, and two that show where it ends. */
  static final int ANSWER_TOKENS = 8;

  /** Tokens decoded for an answer: the prompt's last one, too. */
  static final int DECODED_TOKENS = ANSWER_TOKENS + 1;

  /**
   * What a policy did.
   *
   * @param budget tokens a query may attend to; empty for a policy without a budget
   * @param decodeMsPerToken median
   * @param attentionMsPerToken median of the part that attention took
   * @param kvBytesReadPerToken keys, values, codes, scales and page data of all layers, at the last
   *     token
   */
  record Result(
      String policy,
      Optional<Integer> budget,
      String answer,
      String expected,
      boolean correct,
      double decodeMsPerToken,
      double attentionMsPerToken,
      long kvBytesReadPerToken) {}

  private final String policy;
  private final Optional<Integer> budget;
  private final Model model;
  private final Sequence sequence;
  private final int read;
  private final DoubleStream.Builder decodeMs = DoubleStream.builder();
  private final DoubleStream.Builder attentionMs = DoubleStream.builder();
  private Optional<String> answer = Optional.empty();
  private boolean measuring;
  private long bytesRead;

  /**
   * @param sequence the prompt without its last token, read; closed with this
   */
  Contestant(String policy, Optional<Integer> budget, Model model, Sequence sequence) {
    this.policy = policy;
    this.budget = budget;
    this.model = model;
    this.sequence = sequence;
    read = sequence.length();
  }

  String policy() {
    return policy;
  }

  /**
   * Answers once.
   *
   * @return median milliseconds per token
   */
  double answer(int lastOfPrompt) {
    sequence.truncate(read);
    var times = DoubleStream.builder();
    decode(lastOfPrompt, times);
    Sampler sampler = Sampler.of(SamplerSettings.greedy());
    int[] tokens = new int[ANSWER_TOKENS];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = sampler.next(sequence.logits());
      decode(tokens[i], times);
    }
    if (answer.isEmpty()) {
      answer = Optional.of(firstWord(model.tokenizer().decode(tokens)));
    }
    return median(times);
  }

  /** The process is warm: the times of answers count from now on. */
  void measure() {
    measuring = true;
  }

  private void decode(int token, DoubleStream.Builder times) {
    long start = System.nanoTime();
    sequence.decode(token);
    double ms = (System.nanoTime() - start) / 1e6;
    times.add(ms);
    if (measuring) {
      SessionStatistics.Work step = sequence.session().statistics().lastStep();
      decodeMs.add(ms);
      attentionMs.add(step.attentionNanos() / 1e6);
      bytesRead = step.kvBytesRead() + step.indexBytesRead();
    }
  }

  /** The answer as far as it can be one: up to the first space or full stop. */
  private static String firstWord(String text) {
    return Arrays.stream(text.strip().split("[\\s.]", 2)).findFirst().orElse("");
  }

  /** What it did; call it once, at the end. */
  Result result(String expected) {
    String given = answer.orElse("");
    return new Result(
        policy,
        budget,
        given,
        expected,
        given.equals(expected),
        median(decodeMs),
        median(attentionMs),
        bytesRead);
  }

  /** Layers that attend to every token. */
  int denseLayers() {
    return (int)
        describe().layers().stream()
            .filter(layer -> layer.plan() instanceof LayerPlan.Dense)
            .count();
  }

  SessionDescription describe() {
    return sequence.session().describe();
  }

  private static double median(DoubleStream.Builder values) {
    double[] sorted = values.build().sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }

  @Override
  public void close() {
    sequence.close();
  }
}
