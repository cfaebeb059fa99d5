package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A policy that throws or hangs in a step. */
@Timeout(60)
class ContainmentTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final ModelShape SHAPE = ModelShape.of(2, 4, 2, 32);
  private static final String SPARSE = "quest(budget=48,dense-layers=1)";
  private static final int QUERY_ROW = 4 * 32;

  private final Randomness random = Randomness.fresh();
  private final HookedBackend backend = new HookedBackend();
  private final Engine engine = backend.engine(", swap: {watchdog: 100ms, grace-tokens: 50}");
  private final Tokens prompt = Tokens.random(random, SHAPE, 300);
  private final Tokens answer = Tokens.random(random, SHAPE, 20);

  @AfterEach
  void leavesNothingBehind() {
    engine.close();
    assertThat(engine.memory().bytes()).isZero();
    assertThat(engine.kernels().openIndexes()).isZero();
    assertThat(engine.kernels().size()).isZero();
  }

  private Session open(String policy) {
    return prompt.read(engine.open(SHAPE, engine.policy(policy)));
  }

  private void boom() {
    backend.onAttend =
        () -> {
          throw new ArithmeticException("boom");
        };
  }

  @Test
  void aLayerThatThrowsAttendsDenselyForThatToken() {
    try (Session sparse = open(SPARSE);
        Session same = open(SPARSE);
        Session full = open("full")) {
      SwapContract.same(answer.decode(sparse, 0, 2), answer.decode(same, 0, 2));
      answer.decode(full, 0, 2);
      boom();
      float[] degraded = answer.slice(2, 3).step(sparse);
      backend.onAttend = () -> {};
      // The dense layer is the same anyway; the sparse one got what full attention gives.
      assertThat(degraded).isEqualTo(answer.slice(2, 3).step(full));
      assertThat(sparse.statistics().degraded()).isEqualTo(1);
      assertThat(sparse.statistics().rollbacks()).isZero();
      answer.slice(2, 3).step(same);
      SwapContract.same(answer.decode(sparse, 3, 6), answer.decode(same, 3, 6));
    }
  }

  @Test
  void atTheThresholdASwapIsRolledBack() throws InterruptedException {
    try (Session session = open("full");
        Session undisturbed = open("full")) {
      Swap swap = engine.swap(SPARSE, SwapOptions.tokenBoundary(session));
      SwapContract.reach(swap, SwapState.GRACE);
      boom();
      // Two layers, one of them sparse: three steps reach the threshold, the next goes back first.
      SwapContract.same(answer.decode(session, 0, 10), answer.decode(undisturbed, 0, 10));
      assertThat(session.policy().spec().id()).isEqualTo("full");
      assertThat(session.statistics().degraded()).isEqualTo(3);
      assertThat(session.statistics().rollbacks()).isEqualTo(1);
      assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.RolledBack.class);
      assertThat(((SwapOutcome.RolledBack) swap.outcome().orElseThrow()).reason())
          .matches(
              "Policy quest@1\\(.*\\) threw 3 times, last at layer 1 of step 4 on hooked@1:"
                  + " ArithmeticException: boom\\.");
    }
  }

  @Test
  void withoutAGraceItGoesToFullAttention() {
    try (Session session = open(SPARSE);
        Session full = open("full")) {
      boom();
      SwapContract.same(answer.decode(session, 0, 10), answer.decode(full, 0, 10));
      assertThat(session.policy().spec()).isEqualTo(full.policy().spec());
      assertThat(session.describe().layers()).allMatch(layer -> layer.backend().equals("scalar@1"));
      assertThat(session.statistics().degraded()).isEqualTo(3);
      // Truncation and forks go on as usual.
      session.truncate(305);
      full.truncate(305);
      try (Session fork = session.fork()) {
        SwapContract.same(answer.decode(fork, 0, 3), answer.decode(full, 0, 3));
      }
    }
  }

  @Test
  void anIndexThatCannotGrowIsContainedToo() {
    try (Session session = open(SPARSE);
        Session full = open("full")) {
      backend.onAppend =
          () -> {
            throw new NoClassDefFoundError("gone");
          };
      SwapContract.same(answer.decode(session, 0, 10), answer.decode(full, 0, 10));
      assertThat(session.statistics().degraded()).isEqualTo(3);
    }
  }

  /** Only the sequence whose own call throws is degraded, not those that attend with it. */
  @Test
  void othersInABatchDoNotPay() {
    try (Session first = open(SPARSE);
        Session second = open(SPARSE);
        Session alone = open(SPARSE);
        Session full = open("full")) {
      int[] calls = {0};
      backend.onAttend =
          () -> {
            // Together, then the first alone: both throw. The second alone does not.
            if (calls[0]++ < 2) {
              throw new ArithmeticException("boom");
            }
          };
      Tokens token = answer.slice(0, 1);
      float[][] outputs = new float[2][QUERY_ROW];
      Batch batch = engine.batch();
      for (int layer = 0; layer < 2; layer++) {
        token.append(first, layer);
        token.append(second, layer);
        batch.clear();
        MemorySegment query = MemorySegment.ofArray(token.queries()[layer]);
        batch.add(first, 1, query, MemorySegment.ofArray(outputs[0]));
        batch.add(second, 1, query, MemorySegment.ofArray(outputs[1]));
        batch.attend(layer);
      }
      assertThat(outputs[0]).isEqualTo(last(token.step(full)));
      assertThat(outputs[1]).isEqualTo(last(token.step(alone)));
      assertThat(first.statistics().degraded()).isEqualTo(1);
      assertThat(second.statistics().degraded()).isZero();
      assertThat(second.statistics().decode().visibleTokens())
          .isEqualTo(alone.statistics().decode().visibleTokens());
    }
  }

  private static float[] last(float[] step) {
    return Arrays.copyOfRange(step, QUERY_ROW, 2 * QUERY_ROW);
  }

  @Test
  void errorsOfTheJvmAndOfTheCallerAreThrown() {
    try (Session session = open(SPARSE)) {
      backend.onAttend =
          () -> {
            throw new OutOfMemoryError("really");
          };
      assertThatThrownBy(() -> answer.slice(0, 1).step(session))
          .isInstanceOf(OutOfMemoryError.class);
      session.truncate(300);
      backend.onAttend = () -> {};
      StepProbe broken =
          new StepProbe() {
            @Override
            public boolean wantsSelection() {
              return true;
            }

            @Override
            public void selected(
                int slot, int row, int queryHead, MemorySegment positions, int count) {
              throw new IllegalStateException("the caller's own");
            }

            @Override
            public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {}
          };
      MemorySegment row = MemorySegment.ofArray(new float[QUERY_ROW]);
      assertThatThrownBy(() -> session.attend(1, 1, row, row, broken))
          .hasMessage("the caller's own");
      // A read-only output fails in dense attention as well: it is the caller's.
      assertThatThrownBy(() -> session.attend(1, 1, row, row.asReadOnly()))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(session.statistics().degraded()).isZero();
    }
  }

  @Test
  void whereOnlyOneBackendIsThereItsOwnDenseAttentionIsUsed() {
    HookedBackend only = new HookedBackend();
    only.dense = true;
    try (Engine single =
        Engine.builder()
            .config(EngineConfig.parse("{backends: hooked, threads: 1}"))
            .source(ProviderSource.serviceLoader(getClass().getClassLoader()))
            .providers(
                Plugins.provider(
                    "hooked-plugin",
                    List.of(),
                    List.of(
                        new dev.adamas.api.BackendFactory("hooked", 1, "", List.of(), _ -> only))))
            .build()) {
      Session session = prompt.read(single.open(SHAPE, single.policy(SPARSE)));
      only.onAppend =
          () -> {
            if (Thread.currentThread().getStackTrace().length > 0 && only.openKernels.get() > 0) {
              throw new ArithmeticException("everything throws");
            }
          };
      assertThatThrownBy(() -> answer.slice(0, 1).step(session))
          .isInstanceOf(ArithmeticException.class)
          .hasMessage("everything throws");
    }
  }

  @Test
  void theWatchdogNamesAStepThatHangs(@TempDir Path folder) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    List<RecordedEvent> events;
    try (Recording recording = new Recording();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      recording.enable("dev.adamas.HangingStep");
      recording.start();
      Session session = open(SPARSE);
      answer.decode(session, 0, 3);
      backend.onAttend = () -> SwapFailureTest.waitFor(end);
      Future<float[]> hanging = threads.submit(() -> answer.slice(3, 4).step(session));
      Thread.sleep(600);
      end.countDown();
      hanging.get();
      backend.onAttend = () -> {};
      answer.decode(session, 4, 6);
      recording.stop();
      Path file = folder.resolve("hang.jfr");
      recording.dump(file);
      events = named(read(file), "HangingStep");
      // Said once per step that hangs, with everything that is needed to find it.
      assertThat(events).hasSize(1);
      RecordedEvent event = events.getFirst();
      assertThat(event.getLong("session")).isEqualTo(session.id());
      assertThat(event.getString("policy")).startsWith("quest@1(");
      assertThat(event.getString("backend")).isEqualTo("hooked@1");
      assertThat(event.getInt("layer")).isEqualTo(1);
      assertThat(event.getLong("step")).isEqualTo(5); // the prompt was the first
      assertThat(event.getDuration("elapsed")).isBetween(Duration.ofMillis(100), LONG);
      session.close();
    }
  }

  private static List<RecordedEvent> read(Path file) throws IOException {
    return RecordingFile.readAllEvents(file).stream()
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
  }

  @Test
  void eventsTellOfSwapsAndFailures(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("swap.jfr");
    try (Recording recording = new Recording();
        Session session = open("full")) {
      for (String name : List.of("Swap", "SwapState", "DegradedStep", "Rollback")) {
        recording.enable("dev.adamas." + name);
      }
      recording.start();
      Swap swap = engine.swap(SPARSE, SwapOptions.tokenBoundary(session));
      SwapContract.reach(swap, SwapState.GRACE);
      boom();
      answer.decode(session, 0, 5);
      assertThat(swap.await(LONG)).isPresent();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = read(file);
    assertThat(named(events, "DegradedStep"))
        .hasSize(3)
        .allMatch(e -> e.getInt("layer") == 1)
        .allMatch(e -> e.getString("reason").endsWith("on hooked@1: ArithmeticException: boom"));
    assertThat(named(events, "Rollback"))
        .singleElement()
        .matches(
            e ->
                e.getString("left").startsWith("quest@1(")
                    && e.getString("policy").equals("full@1"));
    assertThat(named(events, "Swap"))
        .singleElement()
        .matches(e -> e.getString("outcome").equals("RolledBack") && e.getInt("sessions") == 1);
    assertThat(named(events, "SwapState").stream().map(e -> e.getString("state")))
        .startsWith("RESOLVE", "PROBE", "BUILD", "WARM", "CATCH_UP", "CUTOVER", "GRACE")
        .endsWith("VERIFY");
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(e -> e.getEventType().getName().equals("dev.adamas." + name))
        .toList();
  }
}
