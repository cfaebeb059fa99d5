package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.Workers.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SpinWorkersTest {

  /** 16 threads are more than the cores of most machines that run this. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16})
  void everyTaskRunsExactlyOnceInEveryRun(int threads) {
    int[] counts = {0, 1, 2, 3, 5, 16, 17, 100, 1000};
    try (WorkerPool pool = WorkerPool.start(threads)) {
      int[] runs = new int[1000];
      int[] workers = new int[1000];
      Task task =
          (i, worker) -> {
            runs[i]++;
            workers[i] = worker;
          };
      for (int round = 0; round < 3000; round++) {
        int count = counts[round % counts.length];
        Arrays.fill(runs, 0);
        pool.run(count, task);
        for (int i = 0; i < runs.length; i++) {
          // Plain fields: the end of a run must make every task's writes visible to the caller.
          assertThat(runs[i]).isEqualTo(i < count ? 1 : 0);
          if (i < count) {
            assertThat(workers[i]).isBetween(0, threads - 1);
          }
        }
      }
    }
  }

  @Test
  void aWorkerRunsOneTaskAtATimeAndWorkerZeroIsTheCaller() {
    try (WorkerPool pool = WorkerPool.start(4)) {
      AtomicIntegerArray busy = new AtomicIntegerArray(4);
      AtomicBoolean clash = new AtomicBoolean();
      AtomicBoolean stranger = new AtomicBoolean();
      Thread caller = Thread.currentThread();
      for (int round = 0; round < 500; round++) {
        pool.run(
            64,
            (i, worker) -> {
              if (busy.incrementAndGet(worker) != 1) {
                clash.set(true);
              }
              if ((worker == 0) != (Thread.currentThread() == caller)) {
                stranger.set(true);
              }
              busy.decrementAndGet(worker);
            });
      }
      assertThat(clash).isFalse();
      assertThat(stranger).isFalse();
    }
  }

  @Test
  void allThreadsShareARunOfLongTasks() {
    try (WorkerPool pool = WorkerPool.start(3)) {
      AtomicIntegerArray tasks = new AtomicIntegerArray(3);
      pool.run(
          30,
          (i, worker) -> {
            tasks.incrementAndGet(worker);
            LockSupport.parkNanos(2_000_000);
          });
      for (int worker = 0; worker < 3; worker++) {
        assertThat(tasks.get(worker)).as("tasks of worker %d", worker).isPositive();
      }
    }
  }

  @Test
  void parkedWorkersWakeForTheNextRun() {
    try (WorkerPool pool = WorkerPool.start(2)) {
      for (int round = 0; round < 20; round++) {
        LockSupport.parkNanos(3_000_000);
        AtomicInteger arrived = new AtomicInteger();
        // Both tasks wait for each other, so the run ends only if the parked worker comes.
        pool.run(
            2,
            (i, worker) -> {
              arrived.incrementAndGet();
              while (arrived.get() < 2) {
                Thread.onSpinWait();
              }
            });
        assertThat(arrived).hasValue(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void anExceptionReachesTheCallerAfterAllStoppedAndThePoolGoesOn(int threads) {
    try (WorkerPool pool = WorkerPool.start(threads)) {
      AtomicInteger running = new AtomicInteger();
      for (int round = 0; round < 200; round++) {
        int bad = round % 20;
        assertThatThrownBy(
                () ->
                    pool.run(
                        20,
                        (i, worker) -> {
                          running.incrementAndGet();
                          try {
                            if (i == bad) {
                              throw new IllegalStateException("task " + i);
                            }
                          } finally {
                            running.decrementAndGet();
                          }
                        }))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("task " + bad);
        assertThat(running).hasValue(0);
        AtomicInteger done = new AtomicInteger();
        pool.run(20, (i, worker) -> done.incrementAndGet());
        assertThat(done).hasValue(20);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aRunInsideATaskExecutesInlineOnTheSameWorker(int threads) {
    try (WorkerPool pool = WorkerPool.start(threads)) {
      AtomicInteger inner = new AtomicInteger();
      AtomicBoolean moved = new AtomicBoolean();
      for (int round = 0; round < 100; round++) {
        pool.run(
            8,
            (i, worker) -> {
              Thread here = Thread.currentThread();
              pool.run(
                  4,
                  (j, innerWorker) -> {
                    inner.incrementAndGet();
                    if (innerWorker != worker || Thread.currentThread() != here) {
                      moved.set(true);
                    }
                  });
            });
      }
      assertThat(inner).hasValue(100 * 8 * 4);
      assertThat(moved).isFalse();
    }
  }

  @Test
  void callersFromSeveralThreadsTakeTurns() throws InterruptedException {
    try (WorkerPool pool = WorkerPool.start(2)) {
      // Each caller's run increments one plain counter as worker 0 only: overlapping runs would
      // lose
      // counts, because two callers would be worker 0 at once.
      int[] byWorker = new int[64];
      AtomicInteger done = new AtomicInteger();
      List<Thread> callers = new ArrayList<>();
      for (int c = 0; c < 4; c++) {
        Thread caller =
            new Thread(
                () -> {
                  for (int round = 0; round < 300; round++) {
                    pool.run(
                        6,
                        (i, worker) -> {
                          byWorker[worker * 32]++;
                          done.incrementAndGet();
                        });
                  }
                });
        callers.add(caller);
        caller.start();
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(done).hasValue(4 * 300 * 6);
      assertThat(byWorker[0] + byWorker[32]).isEqualTo(4 * 300 * 6);
    }
  }

  @Test
  void aClosedPoolAndBadArgumentsAreRefused() {
    assertThatThrownBy(() -> WorkerPool.start(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 thread");
    WorkerPool pool = WorkerPool.start(2);
    assertThatThrownBy(() -> pool.run(-1, (i, worker) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThatThrownBy(() -> pool.run(3, (i, worker) -> pool.close()))
        .isInstanceOf(IllegalStateException.class);
    pool.close();
    pool.close();
    assertThatThrownBy(() -> pool.run(2, (i, worker) -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }
}
