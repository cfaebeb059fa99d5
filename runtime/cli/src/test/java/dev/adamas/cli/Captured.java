package dev.adamas.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/** Streams that a test reads afterwards. */
final class Captured {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final byte[] in;

  Captured(String in) {
    this.in = in.getBytes(StandardCharsets.UTF_8);
  }

  Terminal terminal(boolean interactive) {
    return new Terminal(
        new ByteArrayInputStream(in),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        interactive,
        stopped);
  }

  /** Runs a command; its exit code. */
  int run(String... args) {
    return AdamasCommand.run(terminal(false), args);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  AtomicBoolean stopped() {
    return stopped;
  }
}
