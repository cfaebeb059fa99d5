package dev.adamas.tck.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the same work on several threads at once. */
public final class Parallel {

  private Parallel() {}

  /** Work of one thread. */
  @FunctionalInterface
  public interface Work {
    /** Does it; {@code number} counts from 0. */
    void run(int number) throws Exception;
  }

  /** Runs work on {@code threads} threads and throws what the first failed one threw. */
  public static void run(int threads, Work work) throws Exception {
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> jobs = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        jobs.add(
            executor.submit(
                () -> {
                  work.run(number);
                  return null;
                }));
      }
      for (Future<?> job : jobs) {
        try {
          job.get();
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case Error error -> throw error;
            case Exception exception -> throw exception;
            case null, default -> throw e;
          }
        }
      }
    }
  }
}
