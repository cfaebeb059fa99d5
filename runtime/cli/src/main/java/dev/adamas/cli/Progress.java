package dev.adamas.cli;

import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress of reading tokens: a bar that is redrawn on a terminal, a few lines elsewhere. Both show
 * the speed so far and, while there is one, the time that is left.
 */
final class Progress {

  private static final int BAR = 30;
  private static final long REDRAW_NANOS = 100_000_000L;

  /** Lines where there is no terminal. */
  private static final int LINES = 4;

  private final Terminal terminal;
  private final String what;
  private final int total;
  private final LongSupplier clock;
  private final long start;
  private long drawn;
  private int lines;

  /**
   * Begins now.
   *
   * @param what what is done, such as {@code Reading}
   * @param total tokens, at least 1
   * @param clock nanoseconds, such as {@link System#nanoTime}
   */
  Progress(Terminal terminal, String what, int total, LongSupplier clock) {
    this.terminal = terminal;
    this.what = what;
    this.total = total;
    this.clock = clock;
    start = clock.getAsLong();
    drawn = start;
  }

  /** Shows that {@code done} of all tokens are read. */
  void update(int done) {
    long now = clock.getAsLong();
    boolean last = done >= total;
    if (terminal.interactive()) {
      if (last || now - drawn >= REDRAW_NANOS) {
        drawn = now;
        int filled = (int) ((long) BAR * Math.min(done, total) / total);
        terminal
            .err()
            .printf(
                Locale.ROOT,
                "\r%s [%s%s] %s\u001b[K",
                what,
                "#".repeat(filled),
                ".".repeat(BAR - filled),
                numbers(done, now - start));
        if (last) {
          terminal.err().println();
        }
        terminal.err().flush();
      }
    } else if ((long) done * LINES >= (long) (lines + 1) * total) {
      lines = (int) ((long) done * LINES / total);
      terminal.err().println(what + " " + numbers(done, now - start));
    }
  }

  private String numbers(int done, long nanos) {
    double seconds = nanos / 1e9;
    double speed = seconds > 0 ? done / seconds : 0;
    String rest =
        done >= total
            ? String.format(Locale.ROOT, "in %.1f s", seconds)
            : speed > 0 ? String.format(Locale.ROOT, "%.0f s left", (total - done) / speed) : "";
    return String.format(
        Locale.ROOT, "%d of %d tokens, %.0f tokens/s, %s", done, total, speed, rest);
  }
}
