package dev.adamas.backend.vector;

import dev.adamas.api.KernelContext;
import dev.adamas.api.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** New threads for every run; tasks go to whichever asks first. */
record TestWorkers(int threads) implements Workers, KernelContext {

  @Override
  public Workers workers() {
    return this;
  }

  @Override
  public void run(int tasks, Task task) {
    AtomicInteger next = new AtomicInteger();
    List<FutureTask<?>> running = new ArrayList<>();
    for (int worker = 0; worker < threads; worker++) {
      int number = worker;
      FutureTask<?> future =
          new FutureTask<>(
              () -> {
                for (int i; (i = next.getAndIncrement()) < tasks; ) {
                  task.run(i, number);
                }
                return null;
              });
      running.add(future);
      if (worker > 0) {
        Thread.ofPlatform().start(future);
      }
    }
    running.getFirst().run();
    for (FutureTask<?> future : running) {
      try {
        future.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
