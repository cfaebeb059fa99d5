package dev.adamas.osgi;

/** Words for what went wrong. */
final class Sentences {

  private Sentences() {}

  /** The innermost reason of a failure on one line, without a full stop. */
  static String reason(Throwable failure) {
    Throwable reason = failure;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    String message = reason.getMessage();
    String text =
        message == null
            ? reason.getClass().getSimpleName()
            : reason instanceof LinkageError || reason instanceof ReflectiveOperationException
                ? reason.getClass().getSimpleName() + ": " + message
                : message;
    String line = text.strip().replaceAll("\\s+", " ");
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
