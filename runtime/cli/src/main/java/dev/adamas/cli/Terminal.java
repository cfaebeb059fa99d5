package dev.adamas.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The standard streams, and whether the user has had enough.
 *
 * @param in standard input
 * @param out results
 * @param err progress, statistics and errors
 * @param interactive whether {@code err} is a terminal, where a line can be overwritten
 * @param stopped set once the process is to end; long work looks at it and ends early
 */
record Terminal(
    InputStream in, PrintStream out, PrintStream err, boolean interactive, AtomicBoolean stopped) {

  /**
   * The process's streams. They speak UTF-8 whatever the locale says, since model output does. The
   * launcher says whether standard error is a terminal, because Java cannot find out.
   */
  static Terminal ofProcess() {
    return new Terminal(
        System.in,
        new ResultStream(new FileOutputStream(FileDescriptor.out)),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        Boolean.getBoolean("adamas.terminal"),
        new AtomicBoolean());
  }
}
