package dev.adamas.eval;

import java.nio.file.Path;

/** A run as a process of its own, so that a test can kill it. */
final class RunProcess {

  private RunProcess() {}

  /** Runs {@link Runs#plan()} in the folder that is named. */
  public static void main(String[] args) {
    Runs.run(Runs.plan(), 2, Path.of(args[0]), Shard.whole(), true, Runs.QUIET);
  }
}
