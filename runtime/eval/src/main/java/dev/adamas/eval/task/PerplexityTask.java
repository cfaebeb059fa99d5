package dev.adamas.eval.task;

import dev.adamas.eval.metric.LogLikelihood;
import java.util.Arrays;
import java.util.List;

/**
 * {@code perplexity} in decode mode: all but the last tokens of a window are read with full
 * attention, the last ones are given one by one under the policy, and each is scored by how likely
 * the policy found it. The last of them predicts the token after the window.
 */
final class PerplexityTask implements Task {

  private final TextWindows windows;
  private final int scored;

  PerplexityTask(TextWindows windows, int scored) {
    this.windows = windows;
    this.scored = scored;
  }

  @Override
  public String name() {
    return "perplexity";
  }

  @Override
  public int fewestTokens() {
    return scored + 256;
  }

  @Override
  public int decodedTokens() {
    return scored;
  }

  @Override
  public void check(int context, int samples) {
    windows.check(context + 1);
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    int[] window = windows.window(context + 1, sample, seed);
    return new Scored(
        Arrays.copyOf(window, context - scored),
        Arrays.copyOfRange(window, context - scored, window.length));
  }

  /** The last given token is only scored. */
  private static final class Scored implements Sample {
    private final int[] prompt;
    private final int[] tokens;

    Scored(int[] prompt, int[] tokens) {
      this.prompt = prompt;
      this.tokens = tokens;
    }

    @Override
    public int[] prompt() {
      return prompt.clone();
    }

    @Override
    public List<int[]> given() {
      return List.of(tokens);
    }

    @Override
    public Outcome run(Decoding decoding) {
      double sum = 0;
      for (int i = 0; i + 1 < tokens.length; i++) {
        decoding.decode(tokens[i]);
        sum += LogLikelihood.negative(decoding.logits(), tokens[i + 1]);
      }
      return Outcome.of(sum / (tokens.length - 1));
    }
  }
}
