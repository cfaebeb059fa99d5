package dev.adamas.cli.soak;

/** A promise that was broken; the message says which. */
public final class SoakException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SoakException(String message) {
    super(message);
  }
}
