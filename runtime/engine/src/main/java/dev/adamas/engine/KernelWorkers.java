package dev.adamas.engine;

import dev.adamas.api.Workers;

/**
 * The threads that kernels see: the engine's, and the builders beside them.
 *
 * <p>A builder runs its tasks alone, in its own thread and under a number of its own, so that steps
 * neither wait for it nor share scratch memory with it.
 */
final class KernelWorkers implements Workers {

  private final Workers steps;
  private final int builders;

  KernelWorkers(Workers steps, int builders) {
    this.steps = steps;
    this.builders = builders;
  }

  /**
   * A thread that builds.
   *
   * @param number from 0 to the number of builders - 1
   */
  Thread builder(int number, Runnable work) {
    return new Builder(number, work);
  }

  @Override
  public int threads() {
    return steps.threads() + builders;
  }

  @Override
  public int parallelism() {
    return steps.parallelism();
  }

  @Override
  public void run(int tasks, Task task) {
    if (Thread.currentThread() instanceof Builder builder && builder.owner() == this) {
      int worker = steps.threads() + builder.number;
      for (int i = 0; i < tasks; i++) {
        task.run(i, worker);
      }
    } else {
      steps.run(tasks, task);
    }
  }

  private final class Builder extends Thread {

    private final int number;

    Builder(int number, Runnable work) {
      super(work, "adamas-builder-" + number);
      this.number = number;
      setDaemon(true);
    }

    KernelWorkers owner() {
      return KernelWorkers.this;
    }
  }
}
