package dev.adamas.tck.lab;

import dev.adamas.api.KernelContext;
import dev.adamas.api.Workers;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Threads that are started for every call and claim tasks in alternating order, so that results
 * which depend on who does what show.
 */
public final class CheckWorkers implements Workers, KernelContext {

  private final int threads;
  private final ThreadLocal<Integer> worker = new ThreadLocal<>();
  private final ReentrantLock oneCall = new ReentrantLock();
  private boolean backwards;

  /** {@code threads} threads, the caller's own included. */
  public CheckWorkers(int threads) {
    this.threads = threads;
  }

  @Override
  public Workers workers() {
    return this;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public void run(int tasks, Task task) {
    Integer own = worker.get();
    if (own != null) {
      for (int i = 0; i < tasks; i++) {
        task.run(i, own);
      }
      return;
    }
    oneCall.lock();
    try {
      backwards = !backwards;
      spread(tasks, task, backwards && threads > 1);
    } finally {
      oneCall.unlock();
    }
  }

  private void spread(int tasks, Task task, boolean reversed) {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread[] others = new Thread[Math.max(0, Math.min(threads, tasks) - 1)];
    for (int i = 0; i < others.length; i++) {
      int number = i + 1;
      others[i] = new Thread(() -> work(tasks, task, reversed, number, next, failure));
      others[i].setDaemon(true);
      others[i].start();
    }
    work(tasks, task, reversed, 0, next, failure);
    for (Thread other : others) {
      joinFully(other);
    }
    switch (failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void work(
      int tasks,
      Task task,
      boolean reversed,
      int number,
      AtomicInteger next,
      AtomicReference<@Nullable Throwable> failure) {
    worker.set(number);
    try {
      for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
        task.run(reversed ? tasks - 1 - i : i, number);
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      next.set(tasks);
    } finally {
      worker.remove();
    }
  }

  private static void joinFully(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
