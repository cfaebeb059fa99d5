package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelsTest {

  private static final ModelShape SHAPE = ModelShape.of(4, 2, 1, 32);

  private final Plugins.CountingBackend fast = new Plugins.CountingBackend("fast");
  private final Plugins.CountingBackend plain = new Plugins.CountingBackend("plain");

  private Engine engine(String yaml) {
    return Engine.builder()
        .config(EngineConfig.parse(yaml))
        .providers(Plugins.policy("p", "full", 1), Plugins.backend(fast), Plugins.backend(plain))
        .build();
  }

  private static final LayerPlan WINDOW = new LayerPlan.Window(4, 60);

  @Test
  void aKernelIsCompiledOncePerPlanAndSharedBySessions() {
    try (Engine engine = engine("backends: [fast, plain]")) {
      Session first = engine.open(SHAPE, Plugins.fixed(WINDOW));
      assertThat(fast.compiled).hasValue(2); // the window and the dense prefill
      Session second = engine.open(SHAPE, Plugins.fixed(new LayerPlan.Window(4, 60)));
      Session fork = second.fork();
      assertThat(fast.compiled).hasValue(2);
      Session dense = engine.open(SHAPE);
      assertThat(fast.compiled).hasValue(2);
      first.close();
      second.close();
      assertThat(fast.open).hasValue(2);
      fork.close();
      assertThat(fast.open).hasValue(1);
      dense.close();
      assertThat(fast.open).hasValue(0);
      assertThat(fast.closed).isFalse();
    }
    assertThat(fast.closed).isTrue();
    assertThat(plain.closed).isTrue();
    assertThat(plain.compiled).hasValue(0);
  }

  @Test
  void theNextBackendTakesWhatOneRejects() {
    fast.rejections = List.of("It has no windows.", "It has no patience.");
    try (Engine engine = engine("backends: [fast, plain]");
        Session session = engine.open(SHAPE, Plugins.fixed(WINDOW))) {
      SessionDescription.Layer layer = session.describe().layers().get(3);
      assertThat(layer.backend()).isEqualTo("plain@1");
      assertThat(layer.prefillBackend()).isEqualTo("fast@1");
      assertThat(layer.fallbacks())
          .containsExactly("fast@1: It has no windows. It has no patience.");
      assertThat(session.describe())
          .hasToString(
              "fixed@1\n  layers 0-3: Window[sinks=4, recent=60] on plain@1, because of fast@1: It"
                  + " has no windows. It has no patience., prefill on fast@1");
    }
  }

  @Test
  void anUnavailableBackendIsPassedOver() {
    fast.unavailable = Optional.of("Its driver is missing; install it.");
    try (Engine engine = engine("backends: [fast, plain]");
        Session session = engine.open(SHAPE)) {
      assertThat(session.describe().layers().getFirst().fallbacks())
          .containsExactly("fast@1: Its driver is missing; install it.");
    }
  }

  @Test
  void whereNoBackendCanTheReasonsOfAllAreGiven() {
    fast.unavailable = Optional.of("Its driver is missing; install it.");
    plain.rejections = List.of("It has no windows.", "It has no patience.");
    try (Engine engine = engine("backends: [fast, plain]")) {
      assertThatThrownBy(() -> engine.open(SHAPE, Plugins.fixed(WINDOW)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "No backend can run layer 0 of fixed@1 (Window[sinks=4, recent=60]): fast@1: Its"
                  + " driver is missing; install it. plain@1: It has no windows. It has no"
                  + " patience.");
      assertThat(plain.open).hasValue(0);
    }
  }

  @Test
  void defaultsAreTheBackendsThatExist() {
    try (Engine engine = engine("threads: 1")) {
      assertThatThrownBy(() -> engine.open(SHAPE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "No backend can run layer 0 of full@1 (Dense[]): neither cpu-vector nor scalar is on"
                  + " the path; add one, or name one of fast, plain under backends.");
    }
  }

  @Test
  void sessionsOfOneKernelGoToItTogether() {
    try (Engine engine = engine("backends: fast")) {
      List<Session> sessions = new ArrayList<>();
      Batch batch = engine.batch();
      MemorySegment row = MemorySegment.ofArray(new float[64]);
      for (int i = 0; i < 5; i++) {
        Session session =
            engine.open(SHAPE, Plugins.fixed(i < 3 ? WINDOW : new LayerPlan.Window(0, 10 + i)));
        session.append(0, row, row, 1);
        session.endPrefill();
        sessions.add(session);
        batch.add(session, 1, row, row);
      }
      batch.attend(0);
      assertThat(fast.slots).containsExactly(3, 1, 1);
      for (Session session : sessions) {
        SessionStatistics.Work work = session.statistics().decode();
        assertThat(work.kvBytesRead()).isEqualTo(10);
        assertThat(work.visibleTokens()).isEqualTo(1);
        session.close();
      }
    }
  }

  @Test
  void aKernelThatFailsLeavesTheSessionUsable() {
    try (Engine engine = engine("backends: fast");
        Session session = engine.open(SHAPE)) {
      MemorySegment row = MemorySegment.ofArray(new float[64]);
      session.append(0, row, row, 1);
      fast.during =
          () -> {
            fast.inside.decrementAndGet();
            throw new IllegalStateException("boom");
          };
      assertThatThrownBy(() -> session.attend(0, 1, row, row)).hasMessage("boom");
      fast.during = () -> {};
      session.attend(0, 1, row, row);
      assertThat(session.length()).isZero(); // the other layers hold nothing
    }
  }
}
