package dev.adamas.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed pool whose barrier is cheap enough to be crossed several hundred times per token.
 *
 * <p>The whole state of a run is one {@code long}: the run's number in the upper half, the next
 * unclaimed task in the lower half. A worker claims a task with one compare-and-set; because the
 * run number is part of the word, a worker that slept through a run can never claim a task of a
 * later one by mistake, and therefore nobody has to wait for sleepers: a run ends when all its
 * tasks are done, not when all workers have reported. That is what keeps the pool usable with more
 * threads than cores.
 *
 * <p>Idle workers spin for {@link #SPIN_NANOS}, longer than the serial gaps inside a decode step,
 * and then park; a caller pays for waking them only if they are parked.
 */
final class SpinWorkers implements WorkerPool {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle FAILURE;

  static {
    try {
      FAILURE = MethodHandles.lookup().findVarHandle(SpinWorkers.class, "failure", Throwable.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Long enough for the serial parts of a decode step, short enough not to heat an idle machine.
   */
  private static final long SPIN_NANOS = 100_000;

  /** {@code System.nanoTime} costs as much as a few pauses, so it is asked only now and then. */
  private static final int SPINS_PER_CLOCK = 64;

  /**
   * Cells 16 and 32 of a long array lie 128 bytes apart: no false sharing, adjacent-line prefetch
   * included.
   */
  private static final int STATE = 16;

  private static final int DONE = 32;

  /** A next task that is beyond every count: nothing can be claimed. */
  private static final long CLOSED = Integer.MAX_VALUE;

  private final long[] cells = new long[48];
  private final ReentrantLock turn = new ReentrantLock();
  private final Worker[] workers;

  private @Nullable Task task;
  private int tasks;
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  SpinWorkers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "A pool needs at least 1 thread, but " + threads + " were asked for.");
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
    }
    for (Worker worker : workers) {
      worker.start();
    }
  }

  @Override
  public int threads() {
    return workers.length + 1;
  }

  @Override
  public void run(int count, Task work) {
    if (count < 0) {
      throw new IllegalArgumentException("The number of tasks is negative: " + count + ".");
    }
    int nested = nestedWorker();
    if (nested >= 0) {
      inline(count, work, nested);
      return;
    }
    // Two callers must not both be worker 0: they take turns.
    turn.lock();
    try {
      if (closed) {
        throw new IllegalStateException("The worker pool is closed; create a new one.");
      }
      if (workers.length == 0 || count <= 1) {
        inline(count, work, 0);
      } else {
        share(count, work);
      }
    } finally {
      turn.unlock();
    }
  }

  /** The worker whose task this thread is inside of, or -1 for a thread from outside. */
  private int nestedWorker() {
    if (Thread.currentThread() instanceof Worker worker && worker.pool() == this) {
      return worker.index;
    }
    return turn.isHeldByCurrentThread() ? 0 : -1;
  }

  private static void inline(int count, Task work, int worker) {
    for (int i = 0; i < count; i++) {
      work.run(i, worker);
    }
  }

  private void share(int count, Task work) {
    // First close the old run's word for good: a worker that read it, but not yet the task count,
    // would otherwise take the new count for the old run's and claim a task that does not exist.
    long run = ((long) CELL.getVolatile(cells, STATE) >>> 32) + 1;
    CELL.setVolatile(cells, STATE, (run << 32) | CLOSED);
    task = work;
    tasks = count;
    failure = null;
    CELL.setVolatile(cells, DONE, 0L);
    CELL.setVolatile(cells, STATE, (run + 1) << 32);
    wake(count - 1);
    work(0);
    awaitDone(count);
    task = null;
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw SpinWorkers.<RuntimeException>sneaky(thrown);
    }
  }

  private void wake(int helpers) {
    int wanted = Math.min(helpers, workers.length);
    for (int i = 0; i < wanted; i++) {
      Worker worker = workers[i];
      if (worker.parked) {
        worker.parked = false;
        LockSupport.unpark(worker);
      }
    }
  }

  /**
   * Claims and runs tasks of the current run until none is left.
   *
   * @return the number of the run that was found without unclaimed tasks
   */
  private long work(int worker) {
    long finished = 0;
    long state;
    while (true) {
      state = (long) CELL.getVolatile(cells, STATE);
      // These two reads may already see the next run, but then the compare-and-set below fails:
      // the word was closed before they were written.
      int count = tasks;
      Task current = task;
      if ((int) state >= count || current == null) {
        break;
      }
      if (!CELL.compareAndSet(cells, STATE, state, state + 1)) {
        continue;
      }
      if (failure == null) {
        try {
          current.run((int) state, worker);
        } catch (Throwable e) {
          FAILURE.compareAndSet(this, null, e);
        }
      }
      finished++;
    }
    if (finished > 0) {
      CELL.getAndAdd(cells, DONE, finished);
    }
    return state >>> 32;
  }

  /**
   * The last tasks of a run may be long, and their worker may have lost its core: spin, then yield.
   */
  @SuppressWarnings("ThreadPriorityCheck") // Correctness does not rely on it; a lost core does.
  private void awaitDone(int count) {
    long deadline = 0;
    for (int spins = 0; (long) CELL.getVolatile(cells, DONE) != count; spins++) {
      if (spins % SPINS_PER_CLOCK != SPINS_PER_CLOCK - 1) {
        Thread.onSpinWait();
        continue;
      }
      long now = System.nanoTime();
      if (deadline == 0) {
        deadline = now + SPIN_NANOS;
      } else if (now - deadline > 0) {
        Thread.yield();
      }
    }
  }

  @Override
  public void close() {
    if (nestedWorker() >= 0) {
      throw new IllegalStateException("A worker pool cannot be closed from inside a task.");
    }
    turn.lock();
    try {
      closed = true;
    } finally {
      turn.unlock();
    }
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
    boolean interrupted = false;
    for (Worker worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }

  private final class Worker extends Thread {
    final int index;
    volatile boolean parked;

    Worker(int index) {
      super("adamas-worker-" + index);
      this.index = index;
      setDaemon(true);
    }

    SpinWorkers pool() {
      return SpinWorkers.this;
    }

    @Override
    public void run() {
      while (!closed) {
        awaitRunAfter(work(index));
      }
    }

    private void awaitRunAfter(long idle) {
      long deadline = 0;
      for (int spins = 0; !closed && !changed(idle); spins++) {
        if (spins % SPINS_PER_CLOCK != SPINS_PER_CLOCK - 1) {
          Thread.onSpinWait();
          continue;
        }
        long now = System.nanoTime();
        if (deadline == 0) {
          deadline = now + SPIN_NANOS;
        } else if (now - deadline > 0) {
          park(idle);
        }
      }
    }

    /**
     * Announces the sleep before the last look, as the caller publishes work before it looks for
     * sleepers.
     */
    private void park(long idle) {
      while (true) {
        parked = true;
        if (closed || changed(idle)) {
          parked = false;
          return;
        }
        LockSupport.park(SpinWorkers.this);
      }
    }

    private boolean changed(long idle) {
      return (long) CELL.getVolatile(cells, STATE) >>> 32 != idle;
    }
  }
}
