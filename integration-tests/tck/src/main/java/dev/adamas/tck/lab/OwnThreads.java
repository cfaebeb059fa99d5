package dev.adamas.tck.lab;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Finds the threads that some code started: those of a group in which nothing else starts any. */
public final class OwnThreads {

  private static final int PATIENCE_MILLIS = 1000;

  private OwnThreads() {}

  /** Something that may start threads. */
  @FunctionalInterface
  public interface Body {
    /** Does it. */
    void run() throws Exception;
  }

  /** Names of the threads that still run some time after the code has ended. */
  public static List<String> leftBy(Body body) throws Exception {
    return after(body, PATIENCE_MILLIS);
  }

  /** Names of the threads that still run when the code has just ended. */
  public static List<String> during(Body body) throws Exception {
    return after(body, 0);
  }

  private static List<String> after(Body body, int patienceMillis) throws Exception {
    ThreadGroup group = new ThreadGroup("tck");
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread runner =
        new Thread(
            group,
            () -> {
              try {
                body.run();
              } catch (Exception | Error e) {
                failure.set(e);
              }
            },
            "tck");
    runner.start();
    runner.join();
    switch (failure.get()) {
      case null -> {}
      case Error e -> throw e;
      case Exception e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    long end = System.nanoTime() + patienceMillis * 1_000_000L;
    List<String> running = running(group);
    while (!running.isEmpty() && System.nanoTime() < end) {
      Thread.sleep(10);
      running = running(group);
    }
    return running;
  }

  private static List<String> running(ThreadGroup group) {
    Thread[] threads = new Thread[256];
    int count = group.enumerate(threads, true);
    return Arrays.stream(threads, 0, count).map(Thread::getName).sorted().toList();
  }
}
