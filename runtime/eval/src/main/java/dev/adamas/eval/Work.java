package dev.adamas.eval;

import dev.adamas.eval.task.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * How much of a run is done and how long the rest will take. Prompts and results are timed apart,
 * because their shares of the time differ from run to run; what a result takes is learnt per task
 * and context. What cold code took counts until other code was timed: a fresh process reads and
 * decodes several times more slowly in its first seconds.
 */
final class Work {

  /** Tokens at which attention takes as long as all the rest of reading. */
  private static final double QUADRATIC_FROM = 5000;

  /** After so long the code that reads prompts is compiled. */
  private static final long COLD_NANOS = 5_000_000_000L;

  private record Kind(String task, int context) {}

  /** The results of a task and context. */
  private static final class Results {
    final int tokens;
    int missing;
    int timed;
    long nanos;

    Results(int tokens) {
      this.tokens = tokens;
    }
  }

  private final EvalListener listener;
  private final LongSupplier clock;
  private final long start;
  private final int total;
  private final Map<Kind, Results> kinds = new LinkedHashMap<>();
  private int results;
  private int prompts;
  private String now = "";

  /** When the part that is timed now began. */
  private long since;

  /** Cost of what is still to be read, and of what is read of the prompt at hand. */
  private double unread;

  private double reading;

  /** Reading that was timed, in the same cost. */
  private double timedReading;

  private long readingNanos;

  /** Of the results of the prompt at hand. */
  private int promptResults;

  private long promptNanos;

  /**
   * Begins now.
   *
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  Work(EvalListener listener, LongSupplier clock, int earlier, int total) {
    this.listener = listener;
    this.clock = clock;
    this.total = total;
    results = earlier;
    start = clock.getAsLong();
    since = start;
  }

  /** Adds a prompt that will be read for so many policies. */
  void expect(Task task, int context, int policies) {
    if (policies > 0) {
      unread += cost(context);
      results(task, context).missing += policies;
    }
  }

  private Results results(Task task, int context) {
    return kinds.computeIfAbsent(
        new Kind(task.name(), context), _ -> new Results(task.decodedTokens()));
  }

  /** Reading grows with the square of the length. */
  private static double cost(int tokens) {
    return tokens * (1 + tokens / QUADRATIC_FROM);
  }

  /** Something begins. */
  void doing(String what) {
    now = what;
    since = clock.getAsLong();
    show();
  }

  /** A prompt was read up to a token. */
  void read(int context, int tokens, int read) {
    double before = reading;
    reading = cost(context) * cost(read) / cost(tokens);
    long time = clock.getAsLong();
    if (prompts > 0 || since - start >= COLD_NANOS) {
      timedReading += reading - before;
      readingNanos += time - since;
    }
    unread -= reading - before;
    since = time;
    if (read == tokens) {
      reading = 0;
    }
    show();
  }

  /** A policy has its result. */
  void finished(Task task, int context) {
    results++;
    promptResults++;
    promptNanos += clock.getAsLong() - since;
    results(task, context).missing--;
    show();
  }

  /** Every policy has its result of a prompt. */
  void ended(Task task, int context) {
    prompts++;
    if (prompts == 2) { // the first one's are no measure any more
      for (Results kind : kinds.values()) {
        kind.timed = 0;
        kind.nanos = 0;
      }
    }
    Results kind = results(task, context);
    kind.timed += promptResults;
    kind.nanos += promptNanos;
    promptResults = 0;
    promptNanos = 0;
    show();
  }

  boolean stopped() {
    return listener.stopped();
  }

  private void show() {
    listener.progress(new EvalListener.Progress(results, total, secondsLeft(), now));
  }

  /** Empty until a prompt with its results, and warm reading, were timed. */
  private OptionalDouble secondsLeft() {
    boolean unreadLeft = unread > 0.5; // sums are rounded
    if (prompts == 0 || (unreadLeft && timedReading == 0)) {
      return OptionalDouble.empty();
    }
    double nanos = unreadLeft ? unread * readingNanos / timedReading : 0;
    double perToken = nanosPerToken();
    for (Results kind : kinds.values()) {
      nanos +=
          kind.missing
              * (kind.timed > 0 ? (double) kind.nanos / kind.timed : perToken * kind.tokens);
    }
    return OptionalDouble.of(nanos / 1e9);
  }

  /** Over all results, for tasks and contexts that have none yet. */
  private double nanosPerToken() {
    double nanos = 0;
    long tokens = 0;
    for (Results kind : kinds.values()) {
      nanos += kind.nanos;
      tokens += (long) kind.timed * kind.tokens;
    }
    return nanos / Math.max(1, tokens);
  }
}
