package dev.adamas.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What one thread attends with now, for the watchdog. Plain writes: a step pays nothing for being
 * watched.
 */
final class StepWatch {

  private static final VarHandle SINCE;

  static {
    try {
      SINCE = MethodHandles.lookup().findVarHandle(StepWatch.class, "since", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private @Nullable Session session;
  private @Nullable BoundKernel kernel;
  private int layer;

  @SuppressWarnings("unused") // through SINCE
  private long since;

  /** For the watchdog's thread: the start of the step that it reported last. */
  private long reported;

  /**
   * @param session the first of those that attend together
   * @param now {@link System#nanoTime}
   */
  void begin(Session session, BoundKernel kernel, int layer, long now) {
    this.session = session;
    this.kernel = kernel;
    this.layer = layer;
    SINCE.setRelease(this, now == 0 ? 1 : now);
  }

  void end() {
    SINCE.setRelease(this, 0L);
    session = null;
    kernel = null;
  }

  /** Reports a call that takes longer than {@code limit} nanoseconds, once. */
  void check(long now, long limit) {
    long start = (long) SINCE.getAcquire(this);
    if (start == 0 || now - start < limit || reported == start) {
      return;
    }
    Session who = session;
    BoundKernel what = kernel;
    int where = layer;
    VarHandle.fullFence();
    if (who != null && what != null && (long) SINCE.getAcquire(this) == start) {
      reported = start;
      HangingStepEvent.report(who, what, where, now - start);
    }
  }
}
