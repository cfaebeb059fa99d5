package dev.adamas.eval.task;

import java.util.Arrays;
import java.util.List;

/**
 * {@code selection}: what a policy's selection keeps of full attention, while the last tokens of a
 * window are given under the policy. At every step, layer and query head the policy's own query is
 * held against exact attention over the same cache: recall (the share of the k largest products
 * among the k tokens selected), the attention mass of the selected tokens, and the output's
 * distance from exact attention's relative to the latter's length. The score is the mean recall.
 */
final class SelectionTask implements Task {

  private final TextWindows windows;
  private final int steps;

  SelectionTask(TextWindows windows, int steps) {
    this.windows = windows;
    this.steps = steps;
  }

  @Override
  public String name() {
    return "selection";
  }

  @Override
  public int fewestTokens() {
    return steps + 256;
  }

  @Override
  public int decodedTokens() {
    return steps;
  }

  @Override
  public void check(int context, int samples) {
    windows.check(context);
  }

  @Override
  public Sample sample(int context, int sample, long seed) {
    int[] window = windows.window(context, sample, seed);
    int[] prompt = Arrays.copyOf(window, context - steps);
    int[] tokens = Arrays.copyOfRange(window, context - steps, context);
    return new Sample() {
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
        var watch = new SelectionWatch(decoding.sequence().session());
        decoding.sequence().watch(watch);
        for (int token : tokens) {
          decoding.decode(token);
        }
        return watch.outcome();
      }
    };
  }
}
