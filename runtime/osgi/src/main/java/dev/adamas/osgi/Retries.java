package dev.adamas.osgi;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A thread that asks again, now and then, those who kept a bundle from going. */
final class Retries implements AutoCloseable {

  private static final long MILLIS = 500;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private Retries(Bundles bundles) {
    thread = Thread.ofPlatform().daemon().name("adamas-bundles").unstarted(() -> run(bundles));
  }

  static Retries start(Bundles bundles) {
    Retries retries = new Retries(bundles);
    retries.thread.start();
    return retries;
  }

  private void run(Bundles bundles) {
    try {
      while (!closed.await(MILLIS, TimeUnit.MILLISECONDS)) {
        try {
          bundles.retry();
        } catch (RuntimeException | LinkageError e) {
          System.getLogger("dev.adamas.osgi")
              .log(System.Logger.Level.ERROR, "A bundle that was to go could not", e);
        }
      }
    } catch (InterruptedException _) {
      // The process ends.
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
