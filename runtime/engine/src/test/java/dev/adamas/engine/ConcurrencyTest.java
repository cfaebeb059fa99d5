package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConcurrencyTest {

  private static final ModelShape SHAPE = ModelShape.of(2, 4, 2, 32);
  private static final int KV_ROW = 64;
  private static final int QUERY_ROW = 128;

  /** Forks that share pages decode on several threads and each gets what it gets alone. */
  @Test
  void forksOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
    Randomness random = Randomness.fresh();
    MemorySegment prompt = random.segment(300 * KV_ROW);
    int forks = 6;
    float[][] rows = new float[forks][];
    for (int i = 0; i < forks; i++) {
      rows[i] = random.gaussians(10 * QUERY_ROW);
    }
    try (Engine engine =
            Engine.create(
                EngineConfig.parse("{backends: scalar, threads: 2, cache: {page-tokens: 16}}"));
        ExecutorService threads = Executors.newFixedThreadPool(forks)) {
      List<float[]> expected = new ArrayList<>();
      try (Session original = prefilled(engine, prompt)) {
        for (int i = 0; i < forks; i++) {
          try (Session fork = original.fork(engine.policy(policy(i)))) {
            expected.add(decode(fork, rows[i]));
          }
        }
        for (int round = 0; round < 3; round++) {
          List<Future<float[]>> actual = new ArrayList<>();
          for (int i = 0; i < forks; i++) {
            Session fork = original.fork(engine.policy(policy(i)));
            float[] mine = rows[i];
            actual.add(
                threads.submit(
                    () -> {
                      try (fork) {
                        return decode(fork, mine);
                      }
                    }));
          }
          for (int i = 0; i < forks; i++) {
            assertThat(actual.get(i).get()).isEqualTo(expected.get(i));
          }
        }
      }
      assertThat(engine.memory().bytes()).isZero();
    }
  }

  private static String policy(int i) {
    return i % 2 == 0 ? "adamas-dot(budget=16,dense-layers=0)" : "quest(budget=48,dense-layers=0)";
  }

  private static Session prefilled(Engine engine, MemorySegment prompt) {
    Session session = engine.open(SHAPE);
    for (int layer = 0; layer < 2; layer++) {
      session.append(layer, prompt, prompt, 300);
    }
    session.endPrefill();
    return session;
  }

  private static float[] decode(Session session, float[] rows) {
    float[] all = new float[10 * 2 * QUERY_ROW];
    for (int token = 0; token < 10; token++) {
      MemorySegment row = MemorySegment.ofArray(rows).asSlice(4L * token * QUERY_ROW);
      for (int layer = 0; layer < 2; layer++) {
        session.append(layer, row, row, 1);
        session.attend(
            layer,
            1,
            row,
            MemorySegment.ofArray(all).asSlice(4L * (token * 2 + layer) * QUERY_ROW));
      }
    }
    return all;
  }

  @Test
  void aSecondThreadInsideASessionIsRefused() throws Exception {
    Plugins.CountingBackend backend = new Plugins.CountingBackend("counting");
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    MemorySegment row = MemorySegment.ofArray(new float[QUERY_ROW]);
    try (Engine engine =
            Engine.builder()
                .config(EngineConfig.parse("backends: counting"))
                .providers(Plugins.policy("p", "full", 1), Plugins.backend(backend))
                .build();
        Session session = engine.open(SHAPE);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      session.append(0, row, row, 1);
      backend.during =
          () -> {
            inside.countDown();
            awaitQuietly(leave);
          };
      Future<?> attending = threads.submit(() -> session.attend(0, 1, row, row));
      inside.await();
      Batch batch = engine.batch();
      batch.add(session, 1, row, row);
      for (Runnable use :
          List.<Runnable>of(
              () -> session.append(0, row, row, 1),
              () -> session.attend(0, 1, row, row),
              () -> batch.attend(0),
              session::fork,
              session::close,
              engine::close)) {
        assertThatThrownBy(use::run)
            .isInstanceOf(IllegalStateException.class)
            .hasMessage(
                "The session is in use by another thread; use it from one thread at a time.");
      }
      leave.countDown();
      attending.get();
      backend.during = () -> {};
      session.attend(0, 1, row, row);
    }
    assertThat(backend.closed).isTrue();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody came");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The backend of this test throws where two threads meet in one kernel. */
  @Test
  void sessionsShareAKernelOneThreadAtATime() throws InterruptedException, ExecutionException {
    Plugins.CountingBackend backend = new Plugins.CountingBackend("counting");
    MemorySegment row = MemorySegment.ofArray(new float[QUERY_ROW]);
    try (Engine engine =
            Engine.builder()
                .config(EngineConfig.parse("backends: counting"))
                .providers(Plugins.policy("p", "full", 1), Plugins.backend(backend))
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        running.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 200; round++) {
                    try (Session session = engine.open(SHAPE);
                        Session fork = session.fork()) {
                      fork.append(1, row, row, 1);
                      fork.attend(1, 1, row, row);
                      session.append(1, row, row, 1);
                      session.attend(1, 1, row, row);
                    }
                  }
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
      assertThat(backend.open).hasValue(0);
      assertThat(engine.memory().bytes()).isZero();
    }
  }
}
