package dev.adamas.cli.soak;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapFigures;
import dev.adamas.model.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A live sequence, whose policy is swapped, beside a second one that knows nothing of swaps: where
 * the first has changed its policy, the second goes on as a fork with that policy, whose indexes
 * are built from the keys. Both must decode the same, bit for bit.
 */
final class SoakedSequence implements AutoCloseable {

  /**
   * A step of the live sequence.
   *
   * @param token that was decoded
   * @param policy that attended
   * @param logits fingerprint of what came out
   */
  private record Step(int token, String policy, int logits) {}

  private final int prompt;
  private final int limit;
  private final Sequence live;
  private final Function<String, AttentionPolicy> policies;
  private final List<Step> pending = new ArrayList<>();
  private Sequence twin;
  private String twinPolicy = "";
  private long steps;
  private long changes;

  /**
   * @param live the prompt, read
   * @param twin the same in another engine
   * @param room tokens after the prompt, before it goes back to the prompt's end
   * @param policies of the twin's engine
   */
  SoakedSequence(
      Sequence live, Sequence twin, int room, Function<String, AttentionPolicy> policies) {
    this.live = live;
    this.twin = twin;
    this.policies = policies;
    prompt = live.length();
    limit = prompt + room;
  }

  Sequence live() {
    return live;
  }

  long steps() {
    return steps;
  }

  /** Changes of policy that the second sequence has followed. */
  long changes() {
    return changes;
  }

  /** Decodes the most likely token. */
  void step() {
    int token = best(live.logits());
    int before = live.length();
    live.decode(token);
    if (live.length() != before + 1) {
      throw new SoakException(
          "A step took the sequence from %d tokens to %d.".formatted(before, live.length()));
    }
    pending.add(
        new Step(token, live.session().statistics().lastPolicy(), Arrays.hashCode(live.logits())));
    steps++;
  }

  /** Whether it should go back before it outgrows its room. */
  boolean full(int headroom) {
    return live.length() + headroom > limit;
  }

  /** Back to the prompt's end, be a swap in progress or not. */
  void rewind() {
    follow();
    live.truncate(prompt);
    twin.truncate(prompt);
  }

  /** Compares where a swap says that it happened with what the steps saw. */
  void check(Swap swap, int from) {
    for (SwapFigures figures : swap.figures()) {
      if (figures.changed() && (figures.token() < from || figures.token() > live.length())) {
        throw new SoakException(
            "A swap says it changed the policy at token %d, but was asked for at %d and seen at %d."
                .formatted(figures.token(), from, live.length()));
      }
    }
  }

  /** Lets the second sequence do what the first has done, and compares. */
  void follow() {
    for (Step step : pending) {
      if (!step.policy().equals(twinPolicy)) {
        Sequence next = twin.fork(policies.apply(step.policy()));
        twin.close();
        twin = next;
        twinPolicy = step.policy();
        changes++;
      }
      int expected = best(twin.logits());
      if (expected != step.token()) {
        throw new SoakException(
            "At token %d the swapped sequence decoded %d, the reference %d, with %s."
                .formatted(twin.length(), step.token(), expected, twinPolicy));
      }
      twin.decode(step.token());
      if (Arrays.hashCode(twin.logits()) != step.logits()) {
        throw new SoakException(
            "The logits after token %d differ from the reference's, with %s."
                .formatted(twin.length() - 1, twinPolicy));
      }
    }
    pending.clear();
    if (twin.length() != live.length()) {
      throw new SoakException(
          "The swapped sequence has %d tokens, the reference %d."
              .formatted(live.length(), twin.length()));
    }
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public void close() {
    live.close();
    twin.close();
  }
}
