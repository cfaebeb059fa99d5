package dev.adamas.model.decoder;

/** A model that cannot be run, or a request it cannot serve; the message says what is possible. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception with a message of one sentence. */
  public ModelException(String message) {
    super(message);
  }
}
