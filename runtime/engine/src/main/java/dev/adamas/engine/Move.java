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

  private volatile @Nullable Throwable failure;

  /** Makes the change; the calling thread has the session. */
  abstract void make(Session session);

  /** Takes it back; whether that was still possible. */
  final boolean withdraw() {
    return state.compareAndSet(WAITING, WITHDRAWN);
  }

  final boolean made() {
    return state.get() == MADE;
  }

  /** Throws what the move threw. */
  final void check() {
    Throwable thrown = failure;
    if (thrown != null) {
      throw Containment.<RuntimeException>sneaky(thrown);
    }
  }

  final void run(Session session) {
    if (state.compareAndSet(WAITING, RUNNING)) {
      try {
        make(session);
      } catch (Throwable e) {
        // It belongs to who asked, not to the sequence that was kind enough to make the move.
        failure = e;
      } finally {
        state.set(MADE);
        LockSupport.unpark(asked);
      }
    }
  }
}
