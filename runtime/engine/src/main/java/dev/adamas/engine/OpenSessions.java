package dev.adamas.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sessions of an engine that are open now, and whether more can be opened: until the engine is
 * closed.
 *
 * <p>Thread-safe.
 */
final class OpenSessions {

  private final Kernels kernels;
  private final Set<Session> sessions = new HashSet<>();
  private final AtomicLong ids = new AtomicLong();
  private boolean closed;

  OpenSessions(Kernels kernels) {
    this.kernels = kernels;
  }

  /** A number that no other session of the engine has. */
  long nextId() {
    return ids.incrementAndGet();
  }

  /**
   * Takes a new session in, or closes it.
   *
   * @param length tokens that it has already
   * @throws RuntimeException where the engine is closed, or where a plugin of the session is
   *     leaving
   */
  Session open(Session session, int length) {
    try {
      add(session);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
    SessionOpenedEvent event = new SessionOpenedEvent();
    event.policy = session.policy().spec().toString();
    event.layers = session.shape().layers();
    event.length = length;
    event.commit();
    return session;
  }

  private synchronized void add(Session session) {
    checkOpen();
    // Under the lock that a departure takes to list the sessions: it sees this one, or this is
    // refused.
    kernels.checkStays(session.running().active().binding());
    sessions.add(session);
  }

  /** Forgets a session that was closed. */
  synchronized void remove(Session session) {
    sessions.remove(session);
  }

  /** By id. */
  synchronized List<Session> list() {
    return sessions.stream().sorted(Comparator.comparingLong(Session::id)).toList();
  }

  /**
   * Refuses what cannot be had of an engine that is closed.
   *
   * @throws IllegalStateException where it is
   */
  synchronized void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The engine is closed; create another one.");
    }
  }

  /**
   * Closes all sessions and lets none be opened any more.
   *
   * @return whether that had not been done before
   * @throws IllegalStateException where another thread is using one; others can be opened then
   */
  boolean close() {
    List<Session> open;
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
      open = new ArrayList<>(sessions);
    }
    try {
      open.forEach(Session::close);
    } catch (IllegalStateException e) {
      synchronized (this) {
        closed = false;
      }
      throw e;
    }
    return true;
  }
}
