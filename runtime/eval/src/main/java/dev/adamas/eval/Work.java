package dev.adamas.eval;

import dev.adamas.eval.task.Task;

/**
 * How much of a run is done, by what prompts and tokens cost roughly: reading grows with the square
 * of the length, one decoded token costs what fifteen tokens of a prompt do.
 */
final class Work {

  /** Tokens at which attention takes as long as all the rest of reading. */
  private static final double QUADRATIC_FROM = 5000;

  private static final double DECODED = 15;

  private final EvalListener listener;
  private final int total;
  private int results;
  private double expected;
  private double done;
  private double reading;
  private String now = "";

  Work(EvalListener listener, int earlier, int total) {
    this.listener = listener;
    this.total = total;
    results = earlier;
  }

  /** Adds a prompt that will be read for so many policies. */
  void expect(Task task, int context, int policies) {
    if (policies > 0) {
      expected += reading(context) + policies * DECODED * task.decodedTokens();
    }
  }

  private static double reading(int tokens) {
    return tokens * (1 + tokens / QUADRATIC_FROM);
  }

  void doing(String what) {
    now = what;
    show();
  }

  /** A prompt was read up to a token. */
  void read(int context, int tokens, int read) {
    reading = reading(context) * reading(read) / reading(tokens);
    if (read == tokens) {
      done += reading;
      reading = 0;
    }
    show();
  }

  void finished(Task task) {
    results++;
    done += DECODED * task.decodedTokens();
    show();
  }

  boolean stopped() {
    return listener.stopped();
  }

  private void show() {
    double share = expected == 0 ? 1 : Math.min(1, (done + reading) / expected);
    listener.progress(new EvalListener.Progress(results, total, share, now));
  }
}
