package dev.adamas.tck.lab;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Assertions whose messages are sentences. */
public final class Expect {

  /**
   * Several words that end with a full stop; names such as {@code bucket@1} start in lower case.
   */
  private static final Pattern SENTENCE = Pattern.compile("(?s)\\S+ \\S.*[.!?]['\")]?");

  private Expect() {}

  /** Fails with a sentence unless something holds. */
  public static void that(boolean holds, String format, @Nullable Object... args) {
    if (!holds) {
      throw failure(format, args);
    }
  }

  /** A failure with a sentence. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
  public static AssertionError failure(String format, @Nullable Object... args) {
    return new AssertionError(format.formatted(args));
  }

  /** Fails where a message is not a sentence that a user can read. */
  public static void sentence(String what, Optional<String> message) {
    that(
        message.filter(m -> SENTENCE.matcher(m.strip()).matches()).isPresent(),
        "%s must be a full sentence with a full stop, and is %s.",
        what,
        message.map(m -> "'" + m + "'").orElse("missing"));
  }

  /** Fails unless an action throws a kind of exception. */
  public static void refuses(
      String what, Class<? extends RuntimeException> expected, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      if (expected.isInstance(e)) {
        return;
      }
      AssertionError failure =
          failure(
              "%s must be refused with %s, but it threw %s: %s",
              what, expected.getSimpleName(), e.getClass().getName(), e.getMessage());
      failure.initCause(e);
      throw failure;
    }
    throw failure("%s must be refused with %s and was accepted.", what, expected.getSimpleName());
  }
}
