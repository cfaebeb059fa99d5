package dev.adamas.engine;

import dev.adamas.api.Workers;

/**
 * Threads that belong to one engine or one model, with a barrier of about a microsecond.
 *
 * <p>Threads are daemons and start with the pool. Several callers may share a pool: their runs take
 * turns. A run started inside a task executes inline, on the worker of that task.
 */
public interface WorkerPool extends Workers, AutoCloseable {

  /**
   * Starts a pool.
   *
   * @param threads how many workers work on a run, the caller included; 1 starts no thread
   * @throws IllegalArgumentException if {@code threads} is less than 1
   */
  static WorkerPool start(int threads) {
    return new SpinWorkers(threads);
  }

  /**
   * Ends the threads and waits for them; a run in progress finishes first.
   *
   * @throws IllegalStateException if called inside a task
   */
  @Override
  void close();
}
