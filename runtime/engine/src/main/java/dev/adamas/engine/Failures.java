package dev.adamas.engine;

/** Words for what went wrong. */
final class Failures {

  private Failures() {}

  /** The innermost reason of a failure, without a full stop. */
  static String text(Throwable failure) {
    Throwable reason = failure;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    String message = reason.getMessage();
    String text =
        reason instanceof IllegalArgumentException || reason instanceof IllegalStateException
            ? (message == null ? reason.getClass().getSimpleName() : message)
            : message == null
                ? reason.getClass().getSimpleName()
                : reason.getClass().getSimpleName() + ": " + message;
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
