package dev.adamas.eval;

/** A run that cannot be begun or continued; the message is one sentence that says what to do. */
public final class EvalException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** With a sentence. */
  public EvalException(String message) {
    super(message);
  }

  /** With a sentence and what led to it. */
  public EvalException(String message, Throwable cause) {
    super(message, cause);
  }
}
