package dev.adamas.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Which thread has a session: at most one at a time, and none after it was closed. A second caller
 * is refused; whoever moves the session to another policy is waited for.
 */
final class SessionClaim {

  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int CLOSED = 2;

  /** Another thread changes what the session runs: for microseconds, so that callers wait. */
  private static final int MOVING = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(SessionClaim.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile int state = IDLE;

  /**
   * Claims the session for this thread.
   *
   * @throws IllegalStateException where another one uses it, or where it is closed
   */
  void enter() {
    if (!STATE.compareAndSet(this, IDLE, BUSY)) {
      enterLater();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // Correctness does not rely on it; a lost core does.
  private void enterLater() {
    do {
      switch (state) {
        case CLOSED -> throw new IllegalStateException("The session is closed; open another one.");
        case BUSY ->
            throw new IllegalStateException(
                "The session is in use by another thread; use it from one thread at a time.");
        default -> Thread.yield();
      }
    } while (!STATE.compareAndSet(this, IDLE, BUSY));
  }

  /** Claims the session for a move, if nobody has it. */
  boolean tryMoving() {
    return STATE.compareAndSet(this, IDLE, MOVING);
  }

  /** Ends a claim of either kind. */
  void exit() {
    STATE.setRelease(this, IDLE);
  }

  /** Ends this thread's claim and lets nobody claim the session any more. */
  void close() {
    state = CLOSED;
  }

  boolean isClosed() {
    return state == CLOSED;
  }

  /** Whether a caller has the session now. */
  boolean isBusy() {
    return state == BUSY;
  }
}
