package dev.adamas.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Values that the command line's parser accepts and their owner does not. */
final class Usage {

  private Usage() {}

  /** Refuses a value of an option. */
  static void require(CommandSpec command, boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), message);
    }
  }

  /**
   * Refuses an empty name of a file or folder, which would silently mean the current folder.
   *
   * @param option such as {@code --out}
   * @param kind what it names, such as {@code a folder}
   */
  static void requireName(CommandSpec command, String option, Object name, String kind) {
    require(
        command,
        !name.toString().isEmpty(),
        "The name given with %s is empty; name %s".formatted(option, kind));
  }

  /** Makes a value of options; where it refuses them, that is wrong usage. */
  static <T> T check(CommandSpec command, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), Sentences.of(e), e);
    }
  }
}
