package dev.adamas.cli;

import dev.adamas.eval.EvalListener;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * Progress of an evaluation: a line that is redrawn on a terminal; elsewhere a line now and then.
 * Both end with the time that is left, once that can be judged.
 */
final class EvalProgress implements EvalListener {

  private static final long REDRAW_NANOS = 100_000_000L;
  private static final long LINE_NANOS = 10_000_000_000L;

  private final Terminal terminal;
  private final LongSupplier clock;
  private long drawn;

  /**
   * Begins now.
   *
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  EvalProgress(Terminal terminal, LongSupplier clock) {
    this.terminal = terminal;
    this.clock = clock;
    drawn = clock.getAsLong();
  }

  @Override
  public void progress(Progress progress) {
    long now = clock.getAsLong();
    if (now - drawn < (terminal.interactive() ? REDRAW_NANOS : LINE_NANOS)) {
      return;
    }
    drawn = now;
    String line =
        "%d of %d results; %s%s"
            .formatted(
                progress.results(),
                progress.total(),
                progress.doing(),
                left(progress.secondsLeft()));
    if (terminal.interactive()) {
      terminal.err().print("\r" + line + "\u001b[K");
      terminal.err().flush();
    } else {
      terminal.err().println(line);
    }
  }

  private static String left(OptionalDouble seconds) {
    if (seconds.isEmpty()) {
      return "";
    }
    long left = Math.round(seconds.getAsDouble());
    return left < 60
        ? "; %d s left".formatted(left)
        : left < 3600
            ? String.format(Locale.ROOT, "; %d:%02d min left", left / 60, left % 60)
            : String.format(Locale.ROOT, "; %d:%02d h left", left / 3600, left / 60 % 60);
  }

  /** Ends the line that is redrawn, so that others can follow. */
  void end() {
    if (terminal.interactive()) {
      terminal.err().print("\r\u001b[K");
      terminal.err().flush();
    }
  }

  @Override
  public boolean stopped() {
    return terminal.stopped().get();
  }
}
