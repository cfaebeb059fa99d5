package dev.adamas.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A change of what a session runs, made between two of its steps by whoever has the session then:
 * the thread that wants it, where the session is idle, or else the session's own at its next step.
 */
abstract class Move {

  private static final int WAITING = 0;
  private static final int RUNNING = 1;
  private static final int MADE = 2;
  private static final int WITHDRAWN = 3;

  private final AtomicInteger state = new AtomicInteger();
  private final Thread asked = Thread.currentThread();

  /** The move that was asked for before, of the same session. */
  @Nullable Move before;

  /** Makes the change; the calling thread has the session. It must not throw. */
  abstract void make(Session session);

  /** Takes it back; whether that was still possible. */
  final boolean withdraw() {
    return state.compareAndSet(WAITING, WITHDRAWN);
  }

  final boolean made() {
    return state.get() == MADE;
  }

  final void run(Session session) {
    if (state.compareAndSet(WAITING, RUNNING)) {
      try {
        make(session);
      } finally {
        state.set(MADE);
        LockSupport.unpark(asked);
      }
    }
  }
}
