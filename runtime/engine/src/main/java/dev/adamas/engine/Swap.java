package dev.adamas.engine;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A change of policy in progress, or its result.
 *
 * <p>The engine prepares the change in the background and makes it between two steps of each
 * sequence; the host goes on as if nothing happened. The package documentation has an example.
 *
 * <p>From the change on a sequence decodes exactly as if its keys and values so far had been read
 * under the new policy. Where a step of the new policy throws, that layer attends densely for that
 * token, and at the engine's {@code swap.failure-threshold} the sequence goes back to what it ran
 * before, while the grace lasts, or else to full attention. A plugin that never returns cannot be
 * contained in the process: it holds its thread, be it a builder's or the sequence's own. The
 * watchdog names it.
 *
 * <p>Thread-safe; holds nothing of a plugin once it has ended.
 */
public final class Swap {

  private static final int OPEN = 0;
  private static final int COMMITTED = 1;
  private static final int STOPPED = 2;

  private final long id;
  private final String policy;
  private final AtomicInteger decision = new AtomicInteger();
  private final Map<SwapState, Long> nanos = new EnumMap<>(SwapState.class);
  private SwapState state = SwapState.RESOLVE;
  private long since = System.nanoTime();
  private @Nullable SwapOutcome outcome;
  private Supplier<List<SwapFigures>> figures = List::of;
  private Runnable rollback = () -> {};

  Swap(long id, String policy) {
    this.id = id;
    this.policy = policy;
  }

  /** A number that no other swap of the engine has, as events name it. */
  public long id() {
    return id;
  }

  /** The policy that was asked for. */
  public String policy() {
    return policy;
  }

  /** What it does now, or did last. */
  public synchronized SwapState state() {
    return state;
  }

  /** How it ended; empty as long as it has not, its grace included. */
  public synchronized Optional<SwapOutcome> outcome() {
    return Optional.ofNullable(outcome);
  }

  /** Time spent in each state so far; states that were passed over are not in it. */
  public synchronized Map<SwapState, Duration> timings() {
    Map<SwapState, Duration> timings = new EnumMap<>(SwapState.class);
    nanos.forEach((each, spent) -> timings.put(each, Duration.ofNanos(spent)));
    if (outcome == null) {
      timings.merge(state, Duration.ofNanos(System.nanoTime() - since), Duration::plus);
    }
    return timings;
  }

  /** What it did to each sequence, in the order of their ids. */
  public synchronized List<SwapFigures> figures() {
    return figures.get();
  }

  /**
   * Waits for the end.
   *
   * @return the outcome, or empty where the time is over first
   * @throws InterruptedException where the calling thread is interrupted
   */
  public synchronized Optional<SwapOutcome> await(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (outcome == null) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        break;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    return outcome();
  }

  /**
   * Waits until a state is reached, passed or can no longer be reached because the swap has ended.
   *
   * @return whether it was reached
   * @throws InterruptedException where the calling thread is interrupted
   */
  public synchronized boolean await(SwapState wanted, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (state.compareTo(wanted) < 0 && outcome == null) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        break;
      }
      wait(left / 1_000_000, (int) (left % 1_000_000));
    }
    return state.compareTo(wanted) >= 0;
  }

  /**
   * Gives up before anything changes.
   *
   * @return whether that was still possible
   */
  public boolean cancel() {
    return stop(new SwapOutcome.Cancelled(state()));
  }

  /**
   * Goes back to the policy before in every sequence whose grace lasts, at its next step. Sessions
   * opened later follow the policy before, too.
   *
   * @return whether there was a grace
   */
  public boolean rollback() {
    Runnable back;
    synchronized (this) {
      if (state != SwapState.GRACE || outcome != null) {
        return false;
      }
      back = rollback;
    }
    back.run();
    return true;
  }

  /** What shows figures, and what a rollback does. */
  synchronized void show(Supplier<List<SwapFigures>> newFigures, Runnable newRollback) {
    figures = newFigures;
    rollback = newRollback;
  }

  /** Goes on to a state; an earlier one stays as it is. */
  synchronized void enter(SwapState next) {
    if (outcome == null && next.compareTo(state) > 0) {
      leave();
      state = next;
      notifyAll();
    }
  }

  private void leave() {
    long now = System.nanoTime();
    nanos.merge(state, now - since, Long::sum);
    SwapEvents.left(this, state, now - since);
    since = now;
  }

  /** Decides that the change is made; whether nobody stopped it before. */
  boolean commit() {
    return decision.compareAndSet(OPEN, COMMITTED) || decision.get() == COMMITTED;
  }

  boolean stopped() {
    return decision.get() == STOPPED;
  }

  /** Ends it before anything changed; whether that was still possible. */
  boolean stop(SwapOutcome how) {
    if (decision.compareAndSet(OPEN, STOPPED)) {
      end(how);
      return true;
    }
    return false;
  }

  /** Ends it. */
  synchronized void end(SwapOutcome how) {
    if (outcome == null) {
      leave();
      outcome = how;
      List<SwapFigures> last = figures.get();
      show(() -> last, () -> {});
      SwapEvents.ended(this, how, last.size());
      notifyAll();
    }
  }

  /** The figures after the end, where something was freed later. */
  synchronized void refresh(List<SwapFigures> last) {
    figures = () -> last;
  }
}
