package dev.adamas.eval.report;

import java.io.IOException;

/**
 * Results that cannot be read or do not belong together; the message is one sentence that says
 * which and what to do.
 */
public final class ReportException extends IOException {

  private static final long serialVersionUID = 1;

  ReportException(String message) {
    super(message);
  }

  ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
