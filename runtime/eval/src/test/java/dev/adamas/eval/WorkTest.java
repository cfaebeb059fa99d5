package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.eval.task.Sample;
import dev.adamas.eval.task.Task;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class WorkTest {

  private static final int POLICIES = 3;
  private static final long SECOND = 1_000_000_000L;

  private record Named(String name, int decodedTokens) implements Task {
    @Override
    public int fewestTokens() {
      return 1;
    }

    @Override
    public Sample sample(int context, int sample, long seed) {
      throw new UnsupportedOperationException("Only its costs are looked at.");
    }
  }

  private static final Task TASK = new Named("passkey", 8);

  private long time;
  private OptionalDouble left = OptionalDouble.empty();
  private int shown;
  private final EvalListener listener =
      new EvalListener() {
        @Override
        public void progress(Progress progress) {
          left = progress.secondsLeft();
          shown += left.isPresent() ? 1 : 0;
        }

        @Override
        public boolean stopped() {
          return false;
        }
      };

  private Work work(int prompts, int context) {
    var work = new Work(listener, () -> time, 0, prompts * POLICIES);
    for (int i = 0; i < prompts; i++) {
      work.expect(TASK, context, POLICIES);
    }
    return work;
  }

  /** Reads in two chunks. */
  private void read(Work work, int context, double seconds) {
    work.doing("prompt");
    for (int read : new int[] {context / 2, context}) {
      time += (long) (seconds / 2 * SECOND);
      work.read(context, context, read);
    }
  }

  private void decode(Work work, Task task, int context, double seconds) {
    for (int i = 0; i < POLICIES; i++) {
      work.doing("policy");
      time += (long) (seconds * SECOND);
      work.finished(task, context);
    }
    work.ended(task, context);
  }

  @Test
  void judgesByWarmCode() {
    Work work = work(4, 1000);
    read(work, 1000, 3);
    work.doing("warming up");
    time += 7 * SECOND;
    decode(work, TASK, 1000, 0.6);
    assertThat(shown).as("nothing warm was read").isZero();

    read(work, 1000, 0.5);
    // Two prompts at 0.5 s, nine results at 0.6 s.
    assertThat(left).hasValueCloseTo(6.4, within(1e-6));
    decode(work, TASK, 1000, 0.2);
    assertThat(left).as("2 x (0.5 + 3 x 0.2)").hasValueCloseTo(2.2, within(1e-6));
    for (int i = 0; i < 2; i++) {
      read(work, 1000, 0.5);
      decode(work, TASK, 1000, 0.2);
    }
    assertThat(left).hasValueCloseTo(0.0, within(1e-6));
  }

  @Test
  void needNotWaitForASecondLongPrompt() {
    Work work = work(2, 20000);
    read(work, 20000, 60);
    assertThat(shown).as("no result was timed").isZero();
    decode(work, TASK, 20000, 1);
    // The second half of a prompt takes longer than the first one: 90000 of 100000 tokens' worth
    // are quadratic.
    double secondHalf = 1 - (10000 * (1 + 10000 / 5000.0)) / (20000 * (1 + 20000 / 5000.0));
    assertThat(left).hasValueCloseTo(30 / secondHalf + 3, within(1e-6));
  }

  @Test
  void judgesOtherTasksByTheirTokens() {
    Task longer = new Named("perplexity", 80);
    Work work = work(2, 1000);
    work.expect(longer, 1000, POLICIES);
    for (int i = 0; i < 2; i++) {
      read(work, 1000, 0.5);
      decode(work, TASK, 1000, 0.1);
    }
    assertThat(left).hasValueCloseTo(0.5 + 3 * 10 * 0.1, within(1e-6));
    read(work, 1000, 0.5);
    decode(work, longer, 1000, 5);
    assertThat(left).hasValueCloseTo(0.0, within(1e-6));
  }
}
