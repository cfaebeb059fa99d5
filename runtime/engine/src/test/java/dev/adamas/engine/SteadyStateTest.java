package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step costs besides its kernel, and what can be watched. */
class SteadyStateTest {

  private static final ModelShape SHAPE = ModelShape.of(8, 4, 2, 64);

  private final Plugins.CountingBackend backend = new Plugins.CountingBackend("counting");
  private final MemorySegment row = MemorySegment.ofArray(new float[4 * 64]);

  private Engine engine() {
    return Engine.builder()
        .config(EngineConfig.parse("{backends: counting, cache: {page-tokens: 65536}}"))
        .providers(Plugins.policy("p", "full", 1), Plugins.backend(backend))
        .build();
  }

  @Test
  void aStepAllocatesNothing() {
    assertThat(leastAllocated()).isZero();
  }

  @Test
  void aRecordedStepAllocatesNothingEither() {
    try (Recording recording = new Recording()) {
      recording.enable("dev.adamas.AttentionStep");
      recording.start();
      assertThat(leastAllocated()).isZero();
    }
  }

  /** Bytes of the round that allocated least. */
  private long leastAllocated() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ModelShape small = ModelShape.of(8, 4, 2, 8);
    try (Engine engine = engine();
        Session alone = engine.open(small, Plugins.fixed(new LayerPlan.Window(0, 9)));
        Session first = engine.open(small);
        Session second = engine.open(small)) {
      Batch batch = engine.batch();
      for (Session session : List.of(alone, first, second)) {
        session.endPrefill();
      }
      long least = Long.MAX_VALUE;
      // The first rounds run in the interpreter, which allocates for boxed call sites.
      for (int round = 0; round < 20; round++) {
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
        for (int step = 0; step < 100; step++) {
          step(batch, alone, first, second);
        }
        long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
        least = Math.min(least, after - before);
      }
      return least;
    }
  }

  /** Swapped, in its grace and after it: a step costs what it cost before. */
  @Test
  void aSwappedStepAllocatesNothing() throws InterruptedException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    ModelShape small = ModelShape.of(8, 4, 2, 8);
    try (Engine engine = engine();
        Session alone = engine.open(small, Plugins.fixed(new LayerPlan.Window(0, 9)));
        Session first = engine.open(small);
        Session second = engine.open(small)) {
      Batch batch = engine.batch();
      for (Session session : List.of(alone, first, second)) {
        session.endPrefill();
      }
      step(batch, alone, first, second);
      for (int grace : new int[] {0, 1_000_000}) {
        Swap swap =
            engine.swap(
                Plugins.fixed(new LayerPlan.Window(1, 5 + grace % 7)),
                SwapOptions.tokenBoundary(List.of(alone, first, second)).withGrace(grace));
        assertThat(swap.await(SwapState.GRACE, java.time.Duration.ofSeconds(30))).isTrue();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
          long before = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
          for (int step = 0; step < 100; step++) {
            step(batch, alone, first, second);
          }
          long after = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
          least = Math.min(least, after - before);
        }
        assertThat(least).isZero();
      }
    }
  }

  private void step(Batch batch, Session alone, Session first, Session second) {
    for (int layer = 0; layer < 8; layer++) {
      alone.append(layer, row, row, 1);
      first.append(layer, row, row, 1);
      second.append(layer, row, row, 1);
      alone.attend(layer, 1, row, row);
      batch.clear();
      batch.add(first, 1, row, row);
      batch.add(second, 1, row, row);
      batch.attend(layer);
    }
  }

  @Test
  void eventsTellWhatHappened(@TempDir Path folder) throws IOException {
    backend.rejections = List.of("It has no windows.");
    Plugins.CountingBackend other = new Plugins.CountingBackend("other");
    Path file = folder.resolve("steps.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("dev.adamas.AttentionStep");
      recording.enable("dev.adamas.SessionOpened");
      recording.enable("dev.adamas.PolicyBound");
      recording.enable("dev.adamas.BackendFallback");
      recording.start();
      try (Engine engine =
              Engine.builder()
                  .config(EngineConfig.parse("backends: [counting, other]"))
                  .providers(
                      Plugins.policy("p", "full", 1),
                      Plugins.backend(backend),
                      Plugins.backend(other))
                  .build();
          Session session = engine.open(SHAPE, Plugins.fixed(new LayerPlan.Window(0, 9)))) {
        session.append(3, row, row, 1);
        session.endPrefill();
        session.attend(3, 1, row, row);
        session.fork().close();
        engine.open(SHAPE, Plugins.fixed(new LayerPlan.Window(0, 9))).close();
      }
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(file));
    RecordedEvent step = only(events, "dev.adamas.AttentionStep");
    assertThat(step.getInt("layer")).isEqualTo(3);
    assertThat(step.getString("backend")).isEqualTo("other@1");
    assertThat(step.getInt("slots")).isEqualTo(1);
    assertThat(step.getLong("visibleTokens")).isEqualTo(1);
    assertThat(step.getLong("kvBytes")).isEqualTo(10);
    assertThat(step.getLong("indexBytes")).isEqualTo(1);
    // Logged once, however many sessions fall back.
    RecordedEvent fallback = only(events, "dev.adamas.BackendFallback");
    assertThat(fallback.getString("chosen")).isEqualTo("other@1");
    assertThat(fallback.getString("reason")).isEqualTo("counting@1: It has no windows.");
    assertThat(fallback.getString("plan")).isEqualTo("Window[sinks=0, recent=9]");
    assertThat(named(events, "dev.adamas.SessionOpened")).hasSize(3);
    assertThat(named(events, "dev.adamas.PolicyBound"))
        .hasSize(2)
        .allSatisfy(
            bound -> {
              assertThat(bound.getString("policy")).isEqualTo("fixed@1");
              assertThat(bound.getInt("layers")).isEqualTo(8);
              assertThat(bound.getInt("kernels")).isEqualTo(2);
            });
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
  }

  private static RecordedEvent only(List<RecordedEvent> events, String name) {
    assertThat(named(events, name)).hasSize(1);
    return named(events, name).getFirst();
  }
}
