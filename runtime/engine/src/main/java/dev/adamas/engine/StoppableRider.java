package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A rider that another thread can stop: once {@link #stop} has returned, it touches nothing. */
abstract class StoppableRider implements Rider {

  private boolean stopped;
  private volatile Optional<Throwable> failure = Optional.empty();

  /** Does a piece of the work. */
  abstract void ride(Session session, int layer, KvView view, int rows, MemorySegment query);

  @Override
  public final synchronized void attended(
      Session session, int layer, int rows, MemorySegment query) {
    if (stopped || failure.isPresent()) {
      return;
    }
    try {
      ride(session, layer, session.view(layer), rows, query);
    } catch (Throwable e) {
      failure = Optional.of(e);
    }
  }

  final Optional<Throwable> failure() {
    return failure;
  }

  final synchronized void stop() {
    stopped = true;
  }

  final synchronized void resume() {
    stopped = false;
  }
}
