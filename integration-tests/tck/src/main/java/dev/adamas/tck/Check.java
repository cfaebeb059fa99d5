package dev.adamas.tck;

import dev.adamas.tck.lab.NotApplicable;
import java.time.Duration;

/**
 * One thing that a component must do.
 *
 * @param name lower-case words joined by hyphens, unique among the checks of a kind of component
 * @param proves what holds where the check passes, in one sentence
 * @param body does it; see {@link Body}
 */
public record Check(String name, String proves, Body body) {

  /** The work of a check. */
  @FunctionalInterface
  public interface Body {
    /**
     * Returns where the component does what it must.
     *
     * @throws AssertionError where it does not, with a sentence that says what it did
     * @throws Exception whatever the component throws; that is a failure too
     */
    void run() throws Exception;
  }

  /** What came of a check. */
  public sealed interface Outcome {

    /**
     * The component does what it must.
     *
     * @param took how long it took to see that
     */
    record Passed(Duration took) implements Outcome {}

    /**
     * It does not.
     *
     * @param reason what it did, a full sentence
     * @param cause the failed assertion, or what the component threw
     */
    record Failed(String reason, Throwable cause) implements Outcome {}

    /**
     * The check does not apply, for example to the inverse of a transform that has none.
     *
     * @param reason why, a full sentence
     */
    record Skipped(String reason) implements Outcome {}
  }

  /** Runs the check, whatever the component does. */
  public Outcome run() {
    long start = System.nanoTime();
    try {
      body.run();
      return new Outcome.Passed(Duration.ofNanos(System.nanoTime() - start));
    } catch (NotApplicable e) {
      return new Outcome.Skipped(String.valueOf(e.getMessage()));
    } catch (AssertionError e) {
      return new Outcome.Failed(String.valueOf(e.getMessage()), e);
    } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return new Outcome.Failed("It threw %s: %s".formatted(e.getClass().getName(), message(e)), e);
    }
  }

  private static String message(Throwable e) {
    StackTraceElement[] trace = e.getStackTrace();
    String where = trace.length == 0 ? "" : " (at " + trace[0] + ")";
    return e.getMessage() + where;
  }
}
