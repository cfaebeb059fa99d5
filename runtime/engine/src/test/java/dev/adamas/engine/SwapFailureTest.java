package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever goes wrong before the change, the sequence does not notice. */
@Timeout(60)
class SwapFailureTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final ModelShape SHAPE = ModelShape.of(2, 4, 2, 32);
  private static final String SPARSE = "quest(budget=48,dense-layers=0)";

  private final Randomness random = Randomness.fresh();
  private final HookedBackend backend = new HookedBackend();
  private final Engine engine = backend.engine(", policy: streaming-llm(budget=16)");
  private final Tokens prompt = Tokens.random(random, SHAPE, 300);
  private final Tokens answer = Tokens.random(random, SHAPE, 12);
  private final Session session = engine.open(SHAPE);
  private final Session undisturbed = engine.open(SHAPE);

  @BeforeEach
  void read() {
    prompt.read(session);
    prompt.read(undisturbed);
    SwapContract.same(answer.decode(session, 0, 2), answer.decode(undisturbed, 0, 2));
  }

  @AfterEach
  void theSequenceDidNotNotice() {
    backend.onProbe = () -> {};
    backend.onCompile = () -> {};
    backend.onOpen = () -> {};
    backend.onAppend = () -> {};
    backend.onAttend = () -> {};
    if (!session.isClosed()) {
      SwapContract.same(answer.decode(session, 2, 12), answer.decode(undisturbed, 2, 12));
      assertThat(session.statistics().swaps()).isZero();
      assertThat(session.statistics().degraded()).isZero();
    }
    session.close();
    undisturbed.close();
    engine.close();
    assertThat(engine.memory().bytes()).isZero();
    assertThat(engine.kernels().openIndexes()).isZero();
    assertThat(engine.kernels().size()).isZero();
    assertThat(backend.openKernels).hasValue(0);
  }

  private SwapOptions options() {
    return SwapOptions.tokenBoundary(session).withChunk(64);
  }

  private void fails(Swap swap, SwapState state, String reason) throws InterruptedException {
    assertThat(swap.await(LONG))
        .as("in state %s", swap.state())
        .contains(new SwapOutcome.Failed(state, reason));
    assertThat(swap.state()).isEqualTo(state);
    assertThat(swap.cancel()).isFalse();
    assertThat(swap.rollback()).isFalse();
    assertThat(swap.figures()).noneMatch(SwapFigures::changed);
    assertThat(engine.policy().spec().id()).isEqualTo("streaming-llm");
  }

  private static Runnable throwing(String message) {
    return () -> {
      throw new UnsupportedOperationException(message);
    };
  }

  @Test
  void aPolicyThatDoesNotExist() throws InterruptedException {
    fails(
        engine.swap("nonsense", options()),
        SwapState.RESOLVE,
        "The swap to nonsense failed at RESOLVE: There is no policy 'nonsense'; there are adamas,"
            + " adamas-dot, adamas-tail, full, oracle, quest, streaming-llm.");
  }

  @Test
  void anOptionThatDoesNotFit() throws InterruptedException {
    Swap swap = engine.swap("quest(budget=none)", options());
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    assertThat(swap.state()).isEqualTo(SwapState.RESOLVE);
    assertThatThrownBy(() -> engine.swap("quest(", options()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPolicyThatEvicts() throws InterruptedException {
    AttentionPolicy evicting =
        new AttentionPolicy() {
          @Override
          public ComponentSpec spec() {
            return ComponentSpec.of("evicting", 1);
          }

          @Override
          public KvEffect kvEffect() {
            return KvEffect.EVICTS;
          }

          @Override
          public LayerPlan plan(int layer, ModelShape shape) {
            return new LayerPlan.Dense();
          }
        };
    fails(
        engine.swap(evicting, options()),
        SwapState.RESOLVE,
        "evicting@1 removes tokens for good, so it cannot take over a live sequence; use it for new"
            + " requests.");
    try (Session evicted = engine.open(SHAPE, evicting)) {
      Swap swap = engine.swap("full", SwapOptions.tokenBoundary(evicted));
      assertThat(swap.await(LONG))
          .contains(
              new SwapOutcome.Failed(
                  SwapState.PROBE,
                  "evicting@1 has removed tokens from session %d, so it cannot go on with full@1."
                      .formatted(evicted.id())));
    }
  }

  @Test
  void aPlanThatThrows() throws InterruptedException {
    AttentionPolicy broken =
        new AttentionPolicy() {
          @Override
          public ComponentSpec spec() {
            return ComponentSpec.of("broken", 1);
          }

          @Override
          public LayerPlan plan(int layer, ModelShape shape) {
            throw new StackOverflowError();
          }
        };
    fails(
        engine.swap(broken, options()),
        SwapState.PROBE,
        "The swap to broken@1 failed at PROBE: StackOverflowError.");
  }

  @Test
  void aProbeThatThrows() throws InterruptedException {
    backend.onProbe = throwing("no idea");
    fails(
        engine.swap(SPARSE, options()),
        SwapState.PROBE,
        "The swap to " + SPARSE + " failed at PROBE: UnsupportedOperationException: no idea.");
  }

  @Test
  void aPlanThatNobodyTakes() throws InterruptedException {
    // Head dimension 32 is too small for pages of this policy's sinks: no backend has screening.
    Swap swap = engine.swap("quest(budget=48,layer-budgets=9:4)", options());
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    assertThat(swap.state()).isLessThanOrEqualTo(SwapState.PROBE);
  }

  @Test
  void aKernelThatDoesNotCompile() throws InterruptedException {
    backend.onCompile = throwing("no compiler");
    fails(
        engine.swap(SPARSE, options()),
        SwapState.PROBE,
        "The swap to " + SPARSE + " failed at PROBE: UnsupportedOperationException: no compiler.");
  }

  @Test
  void anIndexThatDoesNotOpen() throws InterruptedException {
    backend.onOpen = throwing("no memory");
    fails(
        engine.swap(SPARSE, options()),
        SwapState.BUILD,
        "The swap to " + SPARSE + " failed at BUILD: UnsupportedOperationException: no memory.");
  }

  @Test
  void anIndexThatCannotBeBuilt() throws InterruptedException {
    int[] calls = {0};
    backend.onAppend =
        () -> {
          if (++calls[0] == 5) {
            throw new LinkageError("a class is missing");
          }
        };
    fails(
        engine.swap(SPARSE, options()),
        SwapState.BUILD,
        "The swap to " + SPARSE + " failed at BUILD: LinkageError: a class is missing.");
  }

  @Test
  void aKernelThatThrowsWhenItIsWarmedUp() throws InterruptedException {
    backend.onAttend = throwing("cold");
    fails(
        engine.swap(SPARSE, options()),
        SwapState.WARM,
        "The swap to " + SPARSE + " failed at WARM: UnsupportedOperationException: cold.");
  }

  @Test
  void aKernelThatIsTooSlow() throws InterruptedException {
    backend.onAttend = () -> sleep(30);
    Swap swap = engine.swap(SPARSE, options().withWarmUp(10, Duration.ofMillis(100)));
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    SwapOutcome.Failed failed = (SwapOutcome.Failed) swap.outcome().orElseThrow();
    assertThat(failed.state()).isEqualTo(SwapState.WARM);
    assertThat(failed.reason())
        .contains(" on hooked@1 is too slow: warming up took ")
        .endsWith(" ms, 100 ms are allowed.");
  }

  @Test
  void aKernelThatHangsUntilTheTimeout() throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    backend.onAttend = () -> waitFor(end);
    Swap swap = engine.swap(SPARSE, options().withTimeout(Duration.ofMillis(200)));
    fails(
        swap,
        SwapState.WARM,
        "The swap to "
            + SPARSE
            + " was still at WARM after its timeout of 200 ms; allow more time, or ask its author"
            + " why it is slow.");
    end.countDown();
  }

  @Test
  void aTokenThatCannotBeBroughtInLater() throws InterruptedException {
    CountDownLatch warming = new CountDownLatch(1);
    CountDownLatch decoded = new CountDownLatch(1);
    backend.onAttend =
        () -> {
          warming.countDown();
          waitFor(decoded);
        };
    Swap swap = engine.swap(SPARSE, options());
    assertThat(warming.await(30, TimeUnit.SECONDS)).isTrue();
    answer.slice(2, 3).step(session);
    answer.slice(2, 3).step(undisturbed);
    backend.onAppend = throwing("full");
    decoded.countDown();
    fails(
        swap,
        SwapState.CATCH_UP,
        "The swap to " + SPARSE + " failed at CATCH_UP: UnsupportedOperationException: full.");
    session.truncate(302);
    undisturbed.truncate(302);
  }

  @Test
  void cancelledWhileItBuilds() throws InterruptedException {
    CountDownLatch building = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    backend.onAppend =
        () -> {
          building.countDown();
          waitFor(cancelled);
        };
    Swap swap = engine.swap(SPARSE, options());
    assertThat(building.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(swap.await(Duration.ofMillis(20))).isEmpty();
    assertThat(swap.cancel()).isTrue();
    assertThat(swap.await(LONG)).contains(new SwapOutcome.Cancelled(SwapState.BUILD));
    assertThat(swap.cancel()).isFalse();
    cancelled.countDown();
  }

  @Test
  void aSessionThatIsClosedMeanwhile() throws InterruptedException {
    CountDownLatch building = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    backend.onAppend =
        () -> {
          building.countDown();
          waitFor(closed);
        };
    Swap swap = engine.swap(SPARSE, options());
    assertThat(building.await(30, TimeUnit.SECONDS)).isTrue();
    session.close();
    closed.countDown();
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    SwapOutcome.Failed failed = (SwapOutcome.Failed) swap.outcome().orElseThrow();
    assertThat(failed.reason())
        .isEqualTo("Session 1 was closed before it could change to " + SPARSE + ".");
    Swap late = engine.swap(SPARSE, options());
    assertThat(late.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    assertThat(late.state()).isEqualTo(SwapState.RESOLVE);
  }

  /** A fork in the midst of a build shares pages with the sequence that it left. */
  @Test
  void aForkWhileItBuilds() throws InterruptedException {
    CountDownLatch building = new CountDownLatch(1);
    CountDownLatch forked = new CountDownLatch(1);
    backend.onAppend =
        () -> {
          building.countDown();
          waitFor(forked);
        };
    Session other = engine.open(SHAPE);
    prompt.read(other);
    Swap swap = engine.swap(SPARSE, SwapOptions.tokenBoundary(other).withChunk(64).withGrace(2));
    assertThat(building.await(30, TimeUnit.SECONDS)).isTrue();
    Session fork = other.fork();
    Tokens different = Tokens.random(random, SHAPE, 10);
    Session reference = engine.open(SHAPE);
    prompt.read(reference);
    // Written into pages that the builder reads, beyond what it reads.
    SwapContract.same(different.decode(fork, 0, 10), different.decode(reference, 0, 10));
    other.truncate(290);
    answer.slice(0, 4).step(other);
    forked.countDown();
    SwapContract.reach(swap, SwapState.GRACE);
    try (Session fresh = other.fork(engine.policy(SPARSE))) {
      SwapContract.same(answer.decode(other, 4, 9), answer.decode(fresh, 4, 9));
    }
    assertThat(swap.await(LONG)).contains(new SwapOutcome.Completed());
    fork.close();
    reference.close();
    other.close();
  }

  @Test
  void theEngineIsClosedMeanwhile() throws InterruptedException {
    CountDownLatch building = new CountDownLatch(1);
    HookedBackend slow = new HookedBackend();
    slow.onAppend =
        () -> {
          building.countDown();
          sleep(20);
        };
    Engine closing = slow.engine("");
    Session live = prompt.read(closing.open(SHAPE));
    Swap swap = closing.swap(SPARSE, SwapOptions.tokenBoundary(live).withChunk(8));
    assertThat(building.await(30, TimeUnit.SECONDS)).isTrue();
    closing.close();
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    assertThat(closing.memory().bytes()).isZero();
    assertThat(slow.openKernels).hasValue(0);
    assertThatThrownBy(() -> closing.swap("full", SwapOptions.newRequests()))
        .hasMessage("The engine is closed; create another one.");
  }

  @Test
  void sessionsOfAnotherEngineAreRefused() {
    try (Engine other = new HookedBackend().engine("");
        Session foreign = other.open(SHAPE)) {
      assertThatThrownBy(() -> engine.swap("full", SwapOptions.tokenBoundary(foreign)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("A session belongs to another engine; swap it with that engine.");
    }
    assertThatThrownBy(() -> SwapOptions.tokenBoundary(List.of()))
        .hasMessage("Name at least one session to swap.");
  }

  static void waitFor(CountDownLatch latch) {
    boolean done = false;
    while (!done) {
      try {
        done = latch.await(30, TimeUnit.SECONDS);
      } catch (InterruptedException _) {
        // A plugin that does not care.
      }
    }
  }

  static void sleep(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
