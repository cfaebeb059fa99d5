package dev.adamas.api;

/** The threads that a host lends to kernels. */
public interface Workers {

  /**
   * Numbers of threads, those of callers included; at least 1. What a kernel keeps per worker has
   * this size.
   */
  int threads();

  /**
   * How many of them work on one run together, at least 1: what a kernel splits its work by. Fewer
   * than {@link #threads} where numbers are set apart for threads that run tasks alone, such as one
   * that builds indexes while sequences decode.
   */
  default int parallelism() {
    return threads();
  }

  /**
   * Runs tasks {@code 0 … tasks-1}, each exactly once, on all threads, and returns when all are
   * done. The caller takes part as worker 0. Which worker runs which task is not defined; results
   * must not depend on it. Allocates nothing. Called from inside a task, it runs the tasks in the
   * calling thread.
   *
   * @throws RuntimeException what a task threw, once all workers have stopped
   */
  void run(int tasks, Task task);

  /** Work that is split by number. */
  @FunctionalInterface
  interface Task {
    /**
     * Does one part.
     *
     * @param task number of the part
     * @param worker number of the thread, from 0 to {@code threads() - 1}; two tasks never run on
     *     one worker at once, so it may index scratch memory
     */
    void run(int task, int worker);
  }
}
