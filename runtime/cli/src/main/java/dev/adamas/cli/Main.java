package dev.adamas.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The {@code adamas} command as a process. */
public final class Main {

  /**
   * How long Ctrl-C waits for the command's last words: longer than a chunk of a prompt takes,
   * since commands look up only between chunks.
   */
  private static final int GRACE_SECONDS = 20;

  private Main() {}

  /**
   * Runs a command and ends the process with its exit code: 0 done, 1 failed, 2 wrong usage.
   *
   * @param args as typed
   */
  public static void main(String[] args) {
    Terminal terminal = Terminal.ofProcess();
    var done = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(terminal, done), "stop"));
    int code = AdamasCommand.run(terminal, args);
    terminal.out().flush();
    closeError(terminal);
    done.countDown();
    System.exit(code);
  }

  /** Ctrl-C arrives as a shutdown of the JVM: the command gets time to end its output. */
  private static void stop(Terminal terminal, CountDownLatch done) {
    terminal.stopped().set(true);
    try {
      boolean ended = done.await(GRACE_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        terminal.err().println("adamas: Stopped before the command could end its output.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The launcher's filter of standard error is a child process; its output ends before ours. */
  private static void closeError(Terminal terminal) {
    terminal.err().flush();
    if (Boolean.getBoolean("adamas.filtered")) {
      terminal.err().close();
      ProcessHandle.current()
          .children()
          .map(ProcessHandle::onExit)
          .map(exit -> exit.completeOnTimeout(ProcessHandle.current(), 1, TimeUnit.SECONDS))
          .forEach(CompletableFuture::join);
    }
  }
}
