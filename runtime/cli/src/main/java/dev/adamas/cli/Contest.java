package dev.adamas.cli;

import dev.adamas.eval.WarmUp;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;

/**
 * Lets contestants answer in turns, first until the process is warm, then measured. In turns,
 * because a machine's speed changes while it works, for all of them alike.
 */
final class Contest {

  /** Answers that are measured of each policy: 12 of 9 tokens give medians of 108. */
  private static final int MEASURED = 12;

  /** Where even this many take too long, medians of fewer must do. */
  private static final int MEASURED_AT_LEAST = 3;

  private static final double MEASURE_SECONDS = 20;

  /** Seconds of warming up at most, at this context; longer ones have longer tokens. */
  private static final double WARM_UP_SECONDS = 10;

  private static final int WARM_UP_CONTEXT = 8192;
  private static final double WARM_UP_AT_MOST = 20;
  private static final double WARM_UP_AT_LEAST = 3;

  /** What was done. */
  record Course(double warmUpSeconds, int measuredTokens) {}

  private final Terminal terminal;
  private final LongSupplier clock;
  private final List<Contestant> contestants;
  private final int lastOfPrompt;

  /**
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  Contest(Terminal terminal, LongSupplier clock, List<Contestant> contestants, int lastOfPrompt) {
    this.terminal = terminal;
    this.clock = clock;
    this.contestants = contestants;
    this.lastOfPrompt = lastOfPrompt;
  }

  /**
   * Runs to the end.
   *
   * @throws CancellationException if the user has had enough
   */
  Course run(int context) {
    index();
    double warmUpSeconds = warmUp(context);
    contestants.forEach(Contestant::measure);
    long start = clock.getAsLong();
    int answers = 0;
    while (answers < MEASURED
        && (answers < MEASURED_AT_LEAST || seconds(start) < MEASURE_SECONDS)) {
      redraw("Measuring, answer %d of %d".formatted(answers + 1, MEASURED));
      round();
      answers++;
    }
    redraw("");
    return new Course(warmUpSeconds, answers * Contestant.DECODED_TOKENS);
  }

  /** The first answers, before which each policy's codes of the whole document are made. */
  private void index() {
    long start = clock.getAsLong();
    for (Contestant contestant : contestants) {
      redraw("Coding the document for " + contestant.policy());
      answer(contestant);
    }
    redraw("");
    terminal
        .err()
        .printf(
            Locale.ROOT,
            "Coding the document for %d policies, and their answers, in %.1f s%n",
            contestants.size(),
            seconds(start));
  }

  private double warmUp(int context) {
    double most =
        Math.clamp(WARM_UP_SECONDS * context / WARM_UP_CONTEXT, WARM_UP_AT_LEAST, WARM_UP_AT_MOST);
    var warmUp = new WarmUp((long) (most / 2 * 1e9), (long) (most * 1e9));
    long start = clock.getAsLong();
    double[] times;
    do {
      redraw("Warming up, %.0f s of at most %.0f s".formatted(seconds(start), most));
      times = round();
    } while (!warmUp.over(times, clock.getAsLong() - start));
    double seconds = seconds(start);
    redraw("");
    terminal
        .err()
        .printf(
            Locale.ROOT,
            "Warming up with %d answers of each policy, in %.1f s%n",
            warmUp.rounds(),
            seconds);
    return seconds;
  }

  private double[] round() {
    double[] times = new double[contestants.size()];
    for (int i = 0; i < times.length; i++) {
      times[i] = answer(contestants.get(i));
    }
    return times;
  }

  private double answer(Contestant contestant) {
    if (terminal.stopped().get()) {
      throw new CancellationException();
    }
    return contestant.answer(lastOfPrompt);
  }

  private double seconds(long start) {
    return (clock.getAsLong() - start) / 1e9;
  }

  /** Replaces the line on a terminal; empties it for {@code ""}. */
  private void redraw(String line) {
    if (terminal.interactive()) {
      terminal.err().print("\r" + line + "\u001b[K");
      terminal.err().flush();
    }
  }
}
