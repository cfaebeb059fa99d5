package dev.adamas.engine;

/** Waiting a little. */
final class Pause {

  private Pause() {}

  /** Sleeps; false, with the interrupt kept, where the thread was interrupted. */
  static boolean millis(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
