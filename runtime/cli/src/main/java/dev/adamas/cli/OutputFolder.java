package dev.adamas.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Folders for results. */
final class OutputFolder {

  private OutputFolder() {}

  /**
   * Makes a folder where there is none, before the work for it is done.
   *
   * @throws IOException with a sentence that says why it cannot be made or written to
   */
  static void prepare(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          "'%s' is a file; name a folder for the results.".formatted(e.getMessage()), e);
    } catch (IOException e) {
      throw new IOException(
          "The folder '%s' cannot be made; name another one for the results.".formatted(folder), e);
    }
    if (!Files.isWritable(folder)) {
      throw new IOException(
          "The folder '%s' may not be written by this user; name another one for the results."
              .formatted(folder));
    }
  }
}
