package dev.adamas.tck;

/** Threads that somebody forgot. */
final class Sleeping {

  private Sleeping() {}

  static Thread start() {
    Thread thread =
        new Thread(
            () -> {
              try {
                Thread.sleep(60_000);
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            },
            "leaked");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
