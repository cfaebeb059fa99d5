package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves sessions off plugins that are about to go, at once: to the configured policy where it does
 * without them, else to full attention. Nothing is built before; the first step of a session brings
 * its new indexes up to date.
 */
final class Evacuation {

  private static final long POLL_NANOS = 200_000;

  private final Engine engine;
  private final Departing departure;
  private final long end;

  /**
   * @param patience for steps in progress and for swaps that are being done
   */
  Evacuation(Engine engine, Departing departure, Duration patience) {
    this.engine = engine;
    this.departure = departure;
    end = System.nanoTime() + patience.toNanos();
  }

  /** Does it; what remains, a sentence each. */
  List<String> run() {
    List<String> remaining = new ArrayList<>();
    for (Session session : engine.sessions().list()) {
      leave(session).ifPresent(remaining::add);
    }
    return remaining;
  }

  private boolean uses(Session session) {
    Running running = session.running();
    return departure.made(running.active().binding())
        || running.former().filter(former -> departure.made(former.binding())).isPresent();
  }

  private Optional<String> leave(Session session) {
    if (!uses(session) && !usesStandby(session)) {
      return Optional.empty();
    }
    boolean locked = false;
    try {
      locked = session.swapping().tryLock(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (!locked) {
      return Optional.of("Session %d is being swapped.".formatted(session.id()));
    }
    try {
      return move(session);
    } finally {
      session.swapping().unlock();
    }
  }

  private boolean usesStandby(Session session) {
    return session.running().failures().standbyBinding().filter(departure::made).isPresent();
  }

  private Optional<String> move(Session session) {
    Leave leave = new Leave(replacement(session));
    session.running().ask(leave);
    while (!leave.made()) {
      session.tryMoves();
      if (leave.made()) {
        break;
      }
      if ((session.isClosed() || System.nanoTime() - end > 0) && leave.withdraw()) {
        leave.next.ifPresent(binding -> engine.kernels().release(binding));
        return session.isClosed() ? Optional.empty() : Optional.of(stillThere(session));
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    leave.check();
    leave.left.forEach(engine.swaps()::free);
    leave.next.filter(_ -> !leave.taken).ifPresent(engine.kernels()::release);
    return Optional.empty();
  }

  private static String stillThere(Session session) {
    return "Session %d is %s layer %d of step %d with policy %s."
        .formatted(
            session.id(),
            session.claim().isBusy() ? "inside" : "after",
            session.running().lastLayer(),
            session.running().steps(),
            session.policy().spec());
  }

  /** What the session goes on with, if it has to change. */
  private Optional<Binding> replacement(Session session) {
    if (!departure.made(session.running().active().binding())) {
      return Optional.empty();
    }
    try {
      AttentionPolicy policy = engine.swaps().choice().policy();
      if (!departure.made(policy) && policy.kvEffect() != AttentionPolicy.KvEffect.EVICTS) {
        Binding binding = engine.kernels().bind(policy, session.shape());
        if (!departure.made(binding)) {
          return Optional.of(binding);
        }
        engine.kernels().release(binding);
      }
    } catch (RuntimeException | LinkageError _) {
      // The configured policy goes with the plugin.
    }
    return Optional.of(engine.kernels().dense(session.shape(), leaving(session)));
  }

  private dev.adamas.api.ComponentSpec leaving(Session session) {
    return session.running().active().binding().decode().stream()
        .filter(kernel -> departure.loaders().contains(kernel.kernel().getClass().getClassLoader()))
        .map(BoundKernel::backend)
        .findFirst()
        .orElse(dev.adamas.api.ComponentSpec.of("none", 1));
  }

  private final class Leave extends Move {

    private final Optional<Binding> next;
    private final List<Active> left = new ArrayList<>();
    private boolean taken;

    Leave(Optional<Binding> next) {
      this.next = next;
    }

    @Override
    void make(Session session) {
      Running running = session.running();
      if (running.former().filter(former -> departure.made(former.binding())).isPresent()) {
        running.endGrace();
      }
      if (next.isPresent() && departure.made(running.active().binding())) {
        left.add(running.replace(new Active(next.get(), running.active().follows())));
        taken = true;
      }
      running.failures().forgetStandby(departure);
    }
  }
}
