package dev.adamas.engine;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every step in progress now and then and names the plugin, layer and step of one that
 * takes too long. A thread cannot be stopped from outside, so that is all it does.
 */
final class Watchdog implements AutoCloseable {

  private static final Duration SLOWEST = Duration.ofMillis(250);
  private static final Duration FASTEST = Duration.ofMillis(5);

  private final long limit;
  private final long pause;
  private final List<Runnable> also = new CopyOnWriteArrayList<>();
  private final Set<StepWatch> watches = Collections.newSetFromMap(new WeakHashMap<>());
  private @Nullable Thread thread;
  private volatile boolean closed;

  /**
   * @param limit of one layer's step
   * @param also is done at every look
   */
  Watchdog(Duration limit, Runnable also) {
    this.limit = limit.toNanos();
    this.also.add(also);
    pause = Math.clamp(this.limit / 4, FASTEST.toNanos(), SLOWEST.toNanos());
  }

  /** Looks at these steps, too, as long as somebody else refers to them. */
  void watch(StepWatch watch) {
    synchronized (watches) {
      watches.add(watch);
    }
    start();
  }

  /** Does something more at every look. */
  void also(Runnable work) {
    also.add(work);
    start();
  }

  private void start() {
    synchronized (watches) {
      if (thread == null && !closed) {
        Thread starting = new Thread(this::look, "adamas-watchdog");
        starting.setDaemon(true);
        starting.start();
        thread = starting;
      }
    }
  }

  private void look() {
    while (!closed) {
      LockSupport.parkNanos(pause);
      long now = System.nanoTime();
      synchronized (watches) {
        watches.forEach(watch -> watch.check(now, limit));
      }
      also.forEach(Runnable::run);
    }
  }

  @Override
  public void close() {
    closed = true;
    synchronized (watches) {
      if (thread != null) {
        LockSupport.unpark(thread);
      }
    }
  }
}
