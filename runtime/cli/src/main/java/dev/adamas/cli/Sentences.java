package dev.adamas.cli;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Errors as one sentence. */
final class Sentences {

  private Sentences() {}

  /** What went wrong, as one sentence with a full stop. */
  static String of(Throwable error) {
    return message(error).replaceFirst("[.;,\\s]*$", "") + ".";
  }

  private static String message(Throwable error) {
    return switch (error) {
      case UncheckedIOException e when e.getCause() != null -> message(e.getCause());
      case NoSuchFileException e -> "The file '%s' does not exist".formatted(e.getFile());
      case AccessDeniedException e -> "The file '%s' may not be accessed".formatted(e.getFile());
      case FileSystemException e ->
          "The file '%s' cannot be used: %s"
              .formatted(e.getFile(), Optional.ofNullable(e.getReason()).orElse("no reason given"));
      case OutOfMemoryError e ->
          "The Java heap is too small (%s); raise it, for example with ADAMAS_OPTS=-Xmx4g"
              .formatted(e.getMessage());
      case UnmatchedArgumentException e when namesNoCommand(e) ->
          "There is no command '%s'; there are %s"
              .formatted(
                  e.getUnmatched().getFirst(),
                  String.join(", ", e.getCommandLine().getSubcommands().keySet()));
      case ParameterException e -> oneLine(e).replaceFirst("^Error: ", "");
      default -> oneLine(error);
    };
  }

  private static boolean namesNoCommand(UnmatchedArgumentException error) {
    return !error.getCommandLine().getSubcommands().isEmpty()
        && !error.getUnmatched().getFirst().startsWith("-");
  }

  /** Two statements as one sentence. */
  static String joined(String sentence, String addition) {
    return sentence.replaceFirst("\\.$", "") + "; " + addition + ".";
  }

  private static String oneLine(Throwable error) {
    return Optional.ofNullable(error.getMessage())
        .map(message -> message.strip().replaceAll("\\s*\\R\\s*", " "))
        .filter(message -> !message.isEmpty())
        .orElseGet(
            () ->
                "Unexpected %s; run again with --verbose to see where"
                    .formatted(error.getClass().getSimpleName()));
  }
}
