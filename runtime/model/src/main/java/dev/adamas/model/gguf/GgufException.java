package dev.adamas.model.gguf;

/**
 * A GGUF file that cannot be used. The message is one sentence that names the file, what is wrong
 * and what to do; names taken from the file are shortened and free of control characters, so the
 * message is safe to print.
 */
public final class GgufException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence: the file, what is wrong, what to do
   */
  public GgufException(String message) {
    super(message);
  }

  /**
   * Creates the exception with the failure that led to it.
   *
   * @param message one sentence: the file, what is wrong, what to do
   * @param cause what failed underneath
   */
  public GgufException(String message, Throwable cause) {
    super(message, cause);
  }
}
