package dev.adamas.engine;

/** Something that should be a plugin is none; its message is the predicate of a sentence. */
final class PluginRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  PluginRefusedException(String message) {
    super(message);
  }

  PluginRefusedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The predicate. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
