package dev.adamas.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** When a swap has to end, and how its thread gets a session's attention. */
final class SwapControl {

  static final long POLL_NANOS = 200_000;

  private final Swap swap;
  private final Swaps swaps;
  private final Duration timeout;
  private final long deadline;
  private volatile Optional<Session> waitsFor = Optional.empty();

  /** The thread that runs it, guarded by this. */
  private Optional<Thread> thread = Optional.empty();

  SwapControl(Swap swap, Swaps swaps, Duration timeout) {
    this.swap = swap;
    this.swaps = swaps;
    this.timeout = timeout;
    deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Nanoseconds until the timeout. */
  long left() {
    return deadline - System.nanoTime();
  }

  /** Stops a run whose time is over, even if its thread is inside of a plugin. */
  void expire() {
    if (left() < 0 && swap.stop(tooSlow())) {
      synchronized (this) {
        thread.ifPresent(Thread::interrupt);
      }
    }
  }

  /** Says whose thread this is, so that an interruption hits nobody else. */
  synchronized void runs(Optional<Thread> now) {
    thread = now;
    Thread.interrupted();
  }

  private SwapOutcome tooSlow() {
    return new SwapOutcome.Failed(
        swap.state(),
        "The swap to %s was still at %s after its timeout of %d ms; %s."
            .formatted(
                swap.policy(),
                swap.state(),
                timeout.toMillis(),
                waitsFor
                    .map(s -> "session %d has not finished its step since".formatted(s.id()))
                    .orElse("allow more time, or ask its author why it is slow")));
  }

  /**
   * Has a move made by the session's own thread at its next step, or by this one while the session
   * is idle.
   *
   * @return whether it was made; not where the session was closed
   */
  boolean ask(Session session, Move move) {
    session.running().ask(move);
    while (!move.made()) {
      session.tryMoves();
      if (move.made()) {
        break;
      }
      waitsFor = Optional.of(session);
      if ((session.isClosed() || swap.stopped() || expired()) && move.withdraw()) {
        check();
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    waitsFor = Optional.empty();
    move.check();
    return true;
  }

  private boolean expired() {
    return left() < 0;
  }

  /** Throws where the run has to end. */
  void check() {
    if (expired()) {
      swap.stop(tooSlow());
    }
    if (swap.stopped()) {
      throw new SwapException("The swap was stopped.");
    }
    swaps.checkOpen();
  }
}
