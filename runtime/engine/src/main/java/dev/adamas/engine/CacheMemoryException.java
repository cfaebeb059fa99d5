package dev.adamas.engine;

/** A cache would need more memory than there is; the message says what would fit. */
public final class CacheMemoryException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CacheMemoryException(String message) {
    super(message);
  }
}
