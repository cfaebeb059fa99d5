package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.PolicyFactory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who changes: new requests, live sequences that follow the configuration, and on what occasion.
 */
@Timeout(60)
class SwapsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final ModelShape SHAPE = ModelShape.of(2, 4, 2, 32);

  private final Randomness random = Randomness.fresh();
  private final HookedBackend backend = new HookedBackend();
  private final AtomicReference<LayerPlan> meaning =
      new AtomicReference<>(new LayerPlan.Window(0, 9));
  private final Engine engine =
      backend.engine(
          ", policy: changing",
          Plugins.provider(
              "changing-plugin",
              List.of(
                  new PolicyFactory(
                      "changing",
                      1,
                      "Means something else after each change of the catalogue.",
                      List.of(),
                      _ -> new Plugins.Fixed(ComponentSpec.of("changing", 1), meaning.get()))),
              List.of()));
  private final Tokens prompt = Tokens.random(random, SHAPE, 100);
  private final Tokens answer = Tokens.random(random, SHAPE, 20);

  @AfterEach
  void leavesNothingBehind() {
    engine.close();
    assertThat(engine.memory().bytes()).isZero();
    assertThat(engine.kernels().openIndexes()).isZero();
    assertThat(engine.kernels().size()).isZero();
  }

  private static String policy(Session session) {
    return session.policy().spec().id();
  }

  private static void completes(Swap swap) throws InterruptedException {
    assertThat(swap.await(LONG)).contains(new SwapOutcome.Completed());
  }

  @Test
  void newRequestsOnly() throws InterruptedException {
    Session before = prompt.read(engine.open(SHAPE));
    Swap swap = engine.swap("quest(budget=48)", SwapOptions.newRequests());
    completes(swap);
    assertThat(swap.figures()).isEmpty();
    assertThat(policy(before)).isEqualTo("changing");
    assertThat(engine.policy().spec().id()).isEqualTo("quest");
    assertThat(policy(engine.open(SHAPE))).isEqualTo("quest");
    assertThat(policy(before.fork())).isEqualTo("changing");
  }

  @Test
  void liveSequencesThatFollowTheConfiguration() throws InterruptedException {
    Session first = prompt.read(engine.open(SHAPE));
    Session fork = first.fork();
    Session chosen = prompt.read(engine.open(SHAPE, engine.policy("full")));
    Session other = first.fork(engine.policy("full"));
    Swap swap = engine.swap("quest(budget=48)", SwapOptions.tokenBoundary().withGrace(3));
    assertThat(swap.await(SwapState.GRACE, LONG)).isTrue();
    assertThat(swap.outcome()).isEmpty();
    assertThat(List.of(first, fork)).allMatch(s -> policy(s).equals("quest"));
    assertThat(List.of(chosen, other)).allMatch(s -> policy(s).equals("full"));
    assertThat(policy(engine.open(SHAPE))).isEqualTo("quest");
    answer.decode(first, 0, 4);
    assertThat(swap.await(Duration.ofMillis(50))).isEmpty(); // the fork has its grace still
    answer.decode(fork, 0, 4);
    completes(swap);
    assertThat(swap.figures().stream().map(SwapFigures::session))
        .containsExactly(first.id(), fork.id());
    assertThat(swap.figures())
        .allMatch(f -> f.changed() && f.token() == 100 && f.from().equals("changing@1"));
    assertThat(swap.timings()).containsKeys(SwapState.BUILD, SwapState.CUTOVER, SwapState.GRACE);
  }

  @Test
  void aRollbackOfAllGivesNewRequestsTheFormerPolicy() throws InterruptedException {
    Session live = prompt.read(engine.open(SHAPE));
    Session closed = prompt.read(engine.open(SHAPE));
    Swap swap = engine.swap("quest(budget=48)", SwapOptions.tokenBoundary());
    assertThat(swap.await(SwapState.GRACE, LONG)).isTrue();
    closed.close(); // its part is over
    assertThat(swap.rollback()).isTrue();
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.RolledBack.class);
    assertThat(policy(live)).isEqualTo("changing");
    assertThat(policy(engine.open(SHAPE))).isEqualTo("changing");
  }

  /** Whoever comes while the swap is being prepared must not be forgotten. */
  @Test
  void aSessionOpenedMeanwhileChangesToo() throws InterruptedException {
    CountDownLatch building = new CountDownLatch(1);
    CountDownLatch opened = new CountDownLatch(1);
    backend.onAppend =
        () -> {
          building.countDown();
          SwapFailureTest.waitFor(opened);
        };
    Session early = prompt.read(engine.open(SHAPE));
    Swap swap =
        engine.swap("quest(budget=48,dense-layers=0)", SwapOptions.tokenBoundary().withGrace(0));
    assertThat(building.await(30, TimeUnit.SECONDS)).isTrue();
    Session late = engine.open(SHAPE);
    assertThat(policy(late)).isEqualTo("changing");
    opened.countDown();
    completes(swap);
    assertThat(List.of(early, late)).allMatch(s -> policy(s).equals("quest"));
  }

  @Test
  void aChangedCatalogueChangesThoseThatFollow() throws InterruptedException {
    Session live = prompt.read(engine.open(SHAPE));
    Session chosen = prompt.read(engine.open(SHAPE, engine.policy("full")));
    Session swapped = prompt.read(engine.open(SHAPE));
    completes(engine.swap("full", SwapOptions.tokenBoundary(swapped).withGrace(0)));
    engine.swaps().catalogueChanged(); // nothing that concerns them
    answer.decode(live, 0, 2);
    assertThat(live.statistics().swaps()).isZero();
    meaning.set(new LayerPlan.Window(0, 5));
    engine.swaps().catalogueChanged();
    for (int i = 0; live.statistics().swaps() == 0 && i < 5000; i++) {
      Thread.sleep(1);
    }
    assertThat(live.describe().layers()).allMatch(l -> l.plan().equals(meaning.get()));
    assertThat(chosen.statistics().swaps()).isZero();
    assertThat(policy(swapped)).isEqualTo("full");
  }

  @Test
  void leavingAPluginThatGoes() throws Exception {
    WeakReference<ClassLoader> loader = leave();
    for (int i = 0; loader.get() != null && i < 50; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(loader.get()).as("the class loader of the plugin that left").isNull();
  }

  private WeakReference<ClassLoader> leave() throws Exception {
    AttentionPolicy departing = DepartingPolicy.loadedAnew();
    ClassLoader loader = departing.getClass().getClassLoader();
    Session runs = prompt.read(engine.open(SHAPE, departing));
    answer.decode(runs, 0, 2);
    Session former = prompt.read(engine.open(SHAPE, departing));
    Swap away = engine.swap("full", SwapOptions.tokenBoundary(former));
    assertThat(away.await(SwapState.GRACE, LONG)).isTrue();
    Session reference = prompt.read(engine.open(SHAPE));
    answer.decode(reference, 0, 2);
    assertThat(engine.swaps().leave(Set.of(loader), Duration.ofSeconds(5))).isEmpty();
    completes(away);
    // To the configured policy, which does not need the plugin.
    assertThat(policy(runs)).isEqualTo("changing");
    SwapContract.same(answer.decode(runs, 2, 6), answer.decode(reference, 2, 6));
    assertThat(policy(former)).isEqualTo("full");
    return new WeakReference<>(loader);
  }

  @Test
  void whereTheConfiguredPolicyGoesFullAttentionRemains() throws Exception {
    AttentionPolicy departing = DepartingPolicy.loadedAnew();
    completes(engine.swap(departing, SwapOptions.newRequests()));
    Session session = prompt.read(engine.open(SHAPE));
    assertThat(policy(session)).isEqualTo("departing");
    meaning.set(new LayerPlan.Window(0, 4));
    ClassLoader loader = departing.getClass().getClassLoader();
    assertThat(engine.swaps().leave(Set.of(loader), Duration.ofSeconds(5))).isEmpty();
    assertThat(policy(session)).isEqualTo("changing");
    assertThat(policy(engine.open(SHAPE))).isEqualTo("changing");
  }

  @Test
  void aStepInProgressKeepsAPlugin() throws Exception {
    AttentionPolicy departing = DepartingPolicy.loadedAnew();
    ClassLoader loader = departing.getClass().getClassLoader();
    Session session = prompt.read(engine.open(SHAPE, departing));
    Tokens token = answer.slice(0, 1);
    token.append(session, 0);
    token.attend(session, 0); // one of two layers
    assertThat(engine.swaps().leave(Set.of(loader), Duration.ofMillis(50)))
        .containsExactly(
            "Session %d is after layer 0 of step 2 with policy departing@1."
                .formatted(session.id()));
    token.append(session, 1);
    token.attend(session, 1);
    assertThat(policy(session)).isEqualTo("departing");
    assertThat(engine.swaps().leave(Set.of(loader), Duration.ofSeconds(5))).isEmpty();
    assertThat(policy(session)).isEqualTo("changing");
  }

  @Test
  void aSwapTowardsAPluginThatGoesEnds() throws Exception {
    AttentionPolicy departing = DepartingPolicy.loadedAnew();
    ClassLoader loader = departing.getClass().getClassLoader();
    Session session = prompt.read(engine.open(SHAPE));
    Tokens token = answer.slice(0, 1);
    token.append(session, 0);
    token.attend(session, 0); // no boundary, so that the swap waits
    Swap swap = engine.swap(departing, SwapOptions.tokenBoundary(session));
    assertThat(swap.await(SwapState.BUILD, LONG)).isTrue();
    assertThat(engine.swaps().leave(Set.of(loader), Duration.ofSeconds(5))).isEmpty();
    assertThat(swap.await(LONG)).get().isInstanceOf(SwapOutcome.Failed.class);
    assertThat(((SwapOutcome.Failed) swap.outcome().orElseThrow()).reason())
        .isEqualTo("A plugin that departing@1 needs was removed meanwhile.");
  }

  /** Where the policy attends while the prompt is read, its index is there then, too. */
  @Test
  void whereThePolicyReadsThePrompt() throws InterruptedException {
    Tokens text = Tokens.random(random, SHAPE, 420);
    String to = "quest(budget=48,dense-layers=0)";
    try (Engine eager = new HookedBackend().engine(", prefill: policy")) {
      Session session = eager.open(SHAPE, eager.policy("streaming-llm(budget=16)"));
      text.slice(0, 200).step(session);
      Session reference = session.fork(eager.policy(to));
      Swap swap = eager.swap(to, SwapOptions.tokenBoundary(session).withChunk(64).withGrace(2));
      assertThat(swap.await(SwapState.GRACE, LONG)).isTrue();
      assertThat(swap.figures().getFirst().builtTokens()).isEqualTo(2 * 200);
      assertThat(text.slice(200, 400).step(session))
          .isEqualTo(text.slice(200, 400).step(reference));
      session.endPrefill();
      reference.endPrefill();
      SwapContract.same(text.decode(session, 400, 410), text.decode(reference, 400, 410));
      completes(swap);
    }
  }

  @Test
  void aConfigurationFileIsFollowed(@TempDir Path folder) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("adamas.yaml"), "policy: changing\n");
    Session live = prompt.read(engine.open(SHAPE));
    ConfigurationWatch watch = engine.follow(file, EngineConfig.defaults());
    try {
      Files.writeString(file, "policy: [broken\n");
      Thread.sleep(900);
      assertThat(policy(live)).isEqualTo("changing");
      Files.writeString(file, "policy: quest(budget=32)\nlayers: {1: full}\nthreads: 7\n");
      for (int i = 0; policy(live).equals("changing") && i < 1000; i++) {
        Thread.sleep(10);
      }
      assertThat(live.policy().spec().toString()).startsWith("layered@1(1=full@1,policy=quest@1(");
      assertThat(engine.policy().spec()).isEqualTo(live.policy().spec());
      assertThat(engine.workers().threads()).isEqualTo(2);
    } finally {
      watch.close();
    }
    Files.writeString(file, "policy: full\n");
    Thread.sleep(900);
    assertThat(policy(live)).isEqualTo("layered");
  }

  @Test
  void aHostsOwnCacheIsReadInItsOwnSteps() throws Exception {
    try (Engine wide =
        Engine.create(EngineConfig.parse("{backends: scalar, threads: 1, cache: {type: f32}}"))) {
      for (String to :
          List.of(
              "quest(budget=48,dense-layers=0)", "adamas-dot(budget=16,dense-layers=0)", "full")) {
        Tokens text = Tokens.random(random, SHAPE, 400);
        HostCache[] caches = {new HostCache(SHAPE, 512), new HostCache(SHAPE, 512)};
        Session attached =
            wide.attach(SHAPE, layer -> caches[layer], wide.policy("streaming-llm(budget=16)"));
        Session own = wide.open(SHAPE, wide.policy("streaming-llm(budget=16)"));
        HostCache.step(attached, caches, text.slice(0, 300));
        text.slice(0, 300).read(own);
        attached.endPrefill();
        for (HostCache cache : caches) {
          cache.calibration = 300;
        }
        Swap swap =
            wide.swap(
                to,
                SwapOptions.tokenBoundary(attached)
                    .withChunk(40)
                    .withWarmUp(3, LONG)
                    .withGrace(4)
                    .withShadow(new SwapOptions.Shadow(2, 0, 0)));
        int at = 300;
        for (; at < 390 && swap.state().compareTo(SwapState.GRACE) < 0; at++) {
          assertThat(HostCache.step(attached, caches, text.slice(at, at + 1))).isNotNull();
          Thread.sleep(2);
        }
        SwapContract.reach(swap, SwapState.GRACE);
        int token = swap.figures().getFirst().token();
        text.decode(own, 300, token);
        try (Session fork = own.fork(wide.policy(to))) {
          text.decode(fork, token, at);
          for (; at < 396; at++) {
            assertThat(HostCache.step(attached, caches, text.slice(at, at + 1)))
                .isEqualTo(text.slice(at, at + 1).step(fork));
          }
        }
        completes(swap);
      }
    }
  }

  /** Threads decode, alone and in batches, while others swap, roll back, fork and truncate. */
  @Test
  void underStressEverySequenceKeepsItsTokens() throws Exception {
    String[] policies = {
      "full", "quest(budget=48,dense-layers=0)", "adamas-dot(budget=16,dense-layers=0)", "changing"
    };
    int count = 4;
    Tokens[] texts = new Tokens[count];
    Session[] sessions = new Session[count];
    for (int i = 0; i < count; i++) {
      texts[i] = Tokens.random(random, SHAPE, 700);
      sessions[i] = texts[i].slice(0, 260 + i).read(engine.open(SHAPE));
    }
    CountDownLatch start = new CountDownLatch(1);
    int changes = 60;
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      int decoded = 150;
      List<Future<?>> hosts =
          List.of(
              threads.submit(() -> host(start, sessions[0], texts[0], 260, decoded)),
              threads.submit(() -> host(start, sessions[1], texts[1], 261, decoded)),
              threads.submit(
                  () ->
                      batched(
                          start,
                          List.of(sessions[2], sessions[3]),
                          List.of(texts[2], texts[3]),
                          262,
                          decoded)));
      start.countDown();
      int completed = 0;
      for (int i = 0; i < changes; i++) {
        SwapOptions options =
            i % 3 == 0
                ? SwapOptions.tokenBoundary().withGrace(i % 4)
                : SwapOptions.tokenBoundary(sessions[i % count]).withGrace(i % 4);
        Swap swap = engine.swap(policies[i % policies.length], options.withChunk(64));
        assertThat(swap.await(SwapState.GRACE, LONG))
            .as("swap %d: %s %s", i, swap.state(), swap.outcome())
            .isTrue();
        if (i % 5 == 0) {
          swap.rollback();
        }
        completed++;
      }
      assertThat(completed).isEqualTo(changes);
      for (Future<?> host : hosts) {
        host.get(60, TimeUnit.SECONDS);
      }
    }
    Swap last =
        engine.swap(
            "quest(budget=48,dense-layers=0)", SwapOptions.tokenBoundary(List.of(sessions)));
    assertThat(last.await(SwapState.GRACE, LONG)).isTrue();
    for (int i = 0; i < count; i++) {
      int length = sessions[i].length();
      // Every key and value is where it belongs, and so is every code.
      try (Session fresh = engine.open(SHAPE, engine.policy("quest(budget=48,dense-layers=0)"))) {
        texts[i].slice(0, 260 + i).read(fresh);
        texts[i].decode(fresh, 260 + i, length);
        SwapContract.same(
            texts[i].decode(sessions[i], length, length + 3),
            texts[i].decode(fresh, length, length + 3));
      }
    }
  }

  private static void host(CountDownLatch start, Session session, Tokens text, int at, int count) {
    SwapFailureTest.waitFor(start);
    for (int i = 0; i < count; i++) {
      text.slice(at + i, at + i + 3).step(session);
      session.truncate(at + i + 1);
      if (i % 20 == 0) {
        try (Session fork = session.fork()) {
          text.slice(at + i + 1, at + i + 2).step(fork);
        }
      }
    }
  }

  private void batched(
      CountDownLatch start, List<Session> sessions, List<Tokens> texts, int at, int count) {
    SwapFailureTest.waitFor(start);
    Batch batch = engine.batch();
    for (int i = 0; i < count; i++) {
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        batch.clear();
        for (int s = 0; s < sessions.size(); s++) {
          Tokens token = texts.get(s).slice(at + s + i, at + s + i + 1);
          token.append(sessions.get(s), layer);
          MemorySegment output = MemorySegment.ofArray(new float[token.queries()[layer].length]);
          batch.add(sessions.get(s), 1, MemorySegment.ofArray(token.queries()[layer]), output);
        }
        batch.attend(layer);
      }
    }
  }
}
