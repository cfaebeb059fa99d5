package dev.adamas.engine;

/** A swap cannot go on; the message says why in a full sentence. */
final class SwapException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SwapException(String message) {
    super(message);
  }
}
