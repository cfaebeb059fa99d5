package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session promises over the real policies, whatever backend runs them. */
abstract class SessionContract {

  private static final ModelShape SHAPE = ModelShape.of(3, 4, 2, 64);
  private static final int KV_ROW = SHAPE.kvHeads() * SHAPE.headDim();
  private static final int QUERY_ROW = SHAPE.queryHeads() * SHAPE.headDim();
  private static final String SPARSE = "(budget=16,dense-layers=1)";

  private final Randomness random = Randomness.fresh();
  private final String backends;
  private final Engine engine;

  /**
   * @param backends as configuration writes them
   */
  SessionContract(String backends) {
    this.backends = backends;
    engine = engine("");
  }

  private Engine engine(String more) {
    return engine(KvType.F16, more);
  }

  private Engine engine(KvType type, String more) {
    EngineConfig config =
        EngineConfig.parse("{backends: " + backends + ", threads: 2" + more + "}");
    return Engine.create(
        config.toBuilder().cache(new EngineConfig.Cache(type, 64, OptionalLong.empty())).build());
  }

  @AfterEach
  void leavesNothingBehind() {
    engine.close();
    assertThat(engine.memory()).isEqualTo(new CacheMemory(0, 0, OptionalLong.empty()));
  }

  /** Keys, values and queries of some tokens at every layer. */
  private Tokens tokens(int count) {
    return Tokens.random(random, SHAPE, count);
  }

  /** Attention by its definition, in double precision. */
  private static double[] dense(Tokens tokens, int layer, int row) {
    double[] output = new double[QUERY_ROW];
    int dim = SHAPE.headDim();
    for (int head = 0; head < SHAPE.queryHeads(); head++) {
      int kvHead = head / SHAPE.groupSize();
      double[] weights = new double[row + 1];
      double sum = 0;
      for (int t = 0; t <= row; t++) {
        double dot = 0;
        for (int d = 0; d < dim; d++) {
          dot +=
              tokens.queries()[layer][row * QUERY_ROW + head * dim + d]
                  * (double) half(tokens.keys()[layer][t * KV_ROW + kvHead * dim + d]);
        }
        weights[t] = Math.exp(dot / Math.sqrt(dim));
        sum += weights[t];
      }
      for (int t = 0; t <= row; t++) {
        for (int d = 0; d < dim; d++) {
          output[head * dim + d] +=
              weights[t] / sum * half(tokens.values()[layer][t * KV_ROW + kvHead * dim + d]);
        }
      }
    }
    return output;
  }

  private static float half(float value) {
    return Float.float16ToFloat(Float.floatToFloat16(value));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 127})
  void prefillIsCausalAttention(int count) {
    Tokens prompt = tokens(count);
    try (Session session = engine.open(SHAPE, engine.policy("adamas" + SPARSE))) {
      int cut = count / 2;
      if (cut > 0) {
        prompt.slice(0, cut).step(session);
      }
      float[] output = prompt.slice(cut, count).step(session);
      int rows = count - cut;
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        for (int row : new int[] {0, rows - 1}) {
          double[] expected = dense(prompt, layer, cut + row);
          for (int i = 0; i < QUERY_ROW; i++) {
            assertThat((double) output[(layer * rows + row) * QUERY_ROW + i])
                .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-4));
          }
        }
      }
      assertThat(session.length()).isEqualTo(count);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "streaming-llm(budget=16,dense-layers=1)",
        "quest(budget=48,dense-layers=1)",
        "oracle(budget=16,dense-layers=1)",
        "adamas" + SPARSE,
        "adamas-dot" + SPARSE,
        "adamas(budget=16,dense-layers=1,distance=asymmetric(query=int4))",
        "adamas-tail" + SPARSE,
        "adamas-tail(group=shared,layer-budgets=0:all,1:8,residual-tokens=10%)"
      })
  void aForkDecodesLikeAFreshSessionWithThatPolicy(String policy) {
    Tokens prompt = tokens(300);
    Tokens answer = tokens(5);
    AttentionPolicy chosen = engine.policy(policy);
    List<float[]> expected = new ArrayList<>();
    try (Session fresh = engine.open(SHAPE, chosen)) {
      prompt.step(fresh);
      fresh.endPrefill();
      expected.addAll(answer.decode(fresh, 0, answer.count()));
    }
    try (Session original = engine.open(SHAPE, engine.policy("adamas-dot(budget=32)"))) {
      prompt.step(original);
      original.endPrefill();
      List<float[]> actual = new ArrayList<>();
      List<float[]> later = new ArrayList<>();
      try (Session fork = original.fork(chosen)) {
        actual.addAll(answer.decode(fork, 0, answer.count()));
        // A fork of a decoding fork builds its index from the keys and inherits the calibration.
        try (Session second = fork.fork()) {
          assertThat(second.phase()).isEqualTo(Session.Phase.DECODE);
          Tokens more = tokens(3);
          List<float[]> fromFork = new ArrayList<>();
          later.addAll(more.decode(second, 0, more.count()));
          fromFork.addAll(more.decode(fork, 0, more.count()));
          SwapContract.same(later, fromFork);
        }
      }
      SwapContract.same(actual, expected);
      // The original is as it was.
      List<float[]> own = new ArrayList<>();
      List<float[]> again = new ArrayList<>();
      try (Session fork = original.fork()) {
        own.addAll(answer.decode(fork, 0, answer.count()));
      }
      again.addAll(answer.decode(original, 0, answer.count()));
      SwapContract.same(again, own);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "quest(budget=48,dense-layers=1)",
        "adamas-dot" + SPARSE,
        "adamas-tail" + SPARSE,
        "oracle(budget=16,dense-layers=1)"
      })
  void truncatingAndGrowingAgainEqualsAFreshSession(String policy) {
    for (int cut : new int[] {0, 100, 256, 303}) {
      Tokens prompt = tokens(300);
      Tokens wrong = tokens(9);
      Tokens regrown = tokens(310 - cut);
      List<float[]> expected = new ArrayList<>();
      List<float[]> actual = new ArrayList<>();
      try (Session fresh = engine.open(SHAPE, engine.policy(policy));
          Session cutBack = engine.open(SHAPE, engine.policy(policy))) {
        for (Session session : List.of(fresh, cutBack)) {
          prompt.step(session);
          session.endPrefill();
        }
        wrong.decode(cutBack, 0, wrong.count());
        cutBack.truncate(cut);
        assertThat(cutBack.length()).isEqualTo(cut);
        // The fresh session gets the same tokens without ever having decoded the wrong ones.
        if (cut <= 300) {
          fresh.truncate(cut);
        } else {
          wrong.decode(fresh, 0, cut - 300);
        }
        // Most of it at once, so that the test stays short; then token by token.
        int bulk = Math.max(0, regrown.count() - 4);
        if (bulk > 0) {
          regrown.slice(0, bulk).step(fresh);
          regrown.slice(0, bulk).step(cutBack);
        }
        expected.addAll(regrown.decode(fresh, bulk, regrown.count()));
        actual.addAll(regrown.decode(cutBack, bulk, regrown.count()));
      }
      SwapContract.same(actual, expected);
    }
  }

  @Test
  void calibrationIsRecordedOnce() {
    Tokens prompt = tokens(300);
    Tokens turn = tokens(100);
    // Alike, they would hardly move the thresholds, and often no selection.
    for (float[] keys : turn.keys()) {
      for (int j = 0; j < keys.length; j++) {
        keys[j] *= 3;
      }
    }
    Tokens answer = tokens(4);
    List<float[]> calibratedOn300 = new ArrayList<>();
    List<float[]> calibratedOn400 = new ArrayList<>();
    AttentionPolicy policy = engine.policy("adamas-dot" + SPARSE);
    try (Session session = engine.open(SHAPE, policy)) {
      assertThat(session.phase()).isEqualTo(Session.Phase.PREFILL);
      prompt.step(session);
      session.endPrefill();
      session.beginPrefill();
      assertThat(session.phase()).isEqualTo(Session.Phase.PREFILL);
      turn.step(session);
      session.endPrefill();
      calibratedOn300.addAll(answer.decode(session, 0, answer.count()));
    }
    try (Session session = engine.open(SHAPE, policy)) {
      prompt.step(session);
      turn.step(session);
      session.endPrefill();
      calibratedOn400.addAll(answer.decode(session, 0, answer.count()));
    }
    // Dense layer 0 cannot differ; the sparse ones select by other codes.
    assertThat(calibratedOn300.getFirst()).isNotEqualTo(calibratedOn400.getFirst());
    assertThat(Arrays.copyOf(calibratedOn300.getFirst(), QUERY_ROW))
        .isEqualTo(Arrays.copyOf(calibratedOn400.getFirst(), QUERY_ROW));
  }

  @Test
  void shortPromptsStayDenseUntilTheyAreLongEnoughToCalibrate() {
    Tokens all = tokens(260);
    try (Session sparse = engine.open(SHAPE, engine.policy("adamas-dot" + SPARSE));
        Session full = engine.open(SHAPE, engine.policy("full"))) {
      for (Session session : List.of(sparse, full)) {
        all.slice(0, 10).step(session);
        session.endPrefill();
      }
      for (int i = 10; i < 255; i++) {
        assertThat(all.slice(i, i + 1).step(sparse)).isEqualTo(all.slice(i, i + 1).step(full));
      }
      assertThat(sparse.statistics().indexBytes()).isZero();
      assertThat(all.slice(255, 256).step(sparse)).isNotEqualTo(all.slice(255, 256).step(full));
      assertThat(sparse.statistics().indexBytes()).isPositive();
    }
  }

  @Test
  void aBatchEqualsItsSessionsOneByOne() {
    AttentionPolicy sparse = engine.policy("adamas-dot" + SPARSE);
    AttentionPolicy quest = engine.policy("quest(budget=48,dense-layers=1)");
    List<Session> batched = new ArrayList<>();
    List<Session> single = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Tokens prompt = tokens(257 + 31 * i);
      for (List<Session> list : List.of(batched, single)) {
        Session session = engine.open(SHAPE, i % 2 == 0 ? sparse : quest);
        prompt.step(session);
        if (i != 4) { // one still reads its prompt
          session.endPrefill();
        }
        list.add(session);
      }
    }
    Batch batch = engine.batch();
    for (int round = 0; round < 3; round++) {
      List<Tokens> next = new ArrayList<>();
      List<float[]> expected = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        next.add(tokens(i == 3 ? 2 : 1)); // several rows, as in speculative decoding
        expected.add(next.get(i).step(single.get(i)));
      }
      float[][] outputs = new float[5][];
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        batch.clear();
        for (int i = 0; i < 5; i++) {
          next.get(i).append(batched.get(i), layer);
          outputs[i] = new float[next.get(i).count() * QUERY_ROW];
          batch.add(
              batched.get(i),
              next.get(i).count(),
              MemorySegment.ofArray(next.get(i).queries()[layer]),
              MemorySegment.ofArray(outputs[i]));
        }
        assertThat(batch.size()).isEqualTo(5);
        batch.attend(layer);
        for (int i = 0; i < 5; i++) {
          int length = outputs[i].length;
          assertThat(outputs[i])
              .isEqualTo(Arrays.copyOfRange(expected.get(i), layer * length, (layer + 1) * length));
        }
      }
    }
    for (int i = 0; i < 5; i++) {
      assertThat(batched.get(i).statistics().decode().visibleTokens())
          .isEqualTo(single.get(i).statistics().decode().visibleTokens());
    }
    batched.forEach(Session::close);
    single.forEach(Session::close);
  }

  @Test
  void statisticsCountWhatPoliciesSaw() {
    try (Session session = engine.open(SHAPE, engine.policy("adamas-dot" + SPARSE))) {
      tokens(300).step(session);
      SessionStatistics.Work prefill = session.statistics().prefill();
      assertThat(prefill.steps()).isEqualTo(1);
      assertThat(prefill.rows()).isEqualTo(300);
      assertThat(prefill.visibleTokens()).isEqualTo(3L * 4 * 300 * 301 / 2);
      assertThat(prefill.indexBytesRead()).isZero();
      assertThat(session.statistics().indexBytes()).isZero();
      session.endPrefill();
      for (int i = 1; i <= 3; i++) {
        tokens(1).step(session);
        SessionStatistics statistics = session.statistics();
        SessionStatistics.Work last = statistics.lastStep();
        assertThat(last.steps()).isEqualTo(1);
        assertThat(last.rows()).isEqualTo(1);
        // One dense layer, two with 16 tokens per query head.
        assertThat(last.visibleTokens()).isEqualTo(4L * (300 + i) + 2 * 4 * 16);
        assertThat(last.kvBytesRead()).isPositive();
        assertThat(last.indexBytesRead()).isPositive();
        assertThat(last.attentionNanos()).isPositive();
        assertThat(statistics.decode().steps()).isEqualTo(i);
        assertThat(statistics.prefill()).isEqualTo(prefill);
        // 2 bits per coordinate, 2 KV heads, two sparse layers.
        assertThat(statistics.indexBytes()).isEqualTo((300L + i) * 2 * 16 * 2);
        assertThat(statistics.cacheBytes()).isEqualTo(5L * 3 * 2 * 64 * KV_ROW * 2);
      }
      assertThat(engine.cacheBytesPerToken(SHAPE)).isEqualTo(3L * 2 * KV_ROW * 2);
    }
  }

  @Test
  void probesSeeWhatWasSelected() {
    AttentionPolicy policy = engine.policy("streaming-llm(budget=8,sinks=2,dense-layers=0)");
    try (Session first = engine.open(SHAPE, policy);
        Session second = engine.open(SHAPE, policy)) {
      for (Session session : List.of(first, second)) {
        tokens(50).step(session);
        session.endPrefill();
        tokens(1).append(session, 0);
      }
      List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());
      StepProbe probe =
          new StepProbe() {
            @Override
            public boolean wantsSelection() {
              return true;
            }

            @Override
            public void selected(
                int slot, int row, int queryHead, MemorySegment positions, int count) {
              int[] tokens =
                  positions.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT_UNALIGNED);
              seen.add(slot + "/" + row + "/" + queryHead + Arrays.toString(tokens));
            }

            @Override
            public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
              seen.add(slot + " read " + visibleTokens);
            }
          };
      Batch batch = engine.batch();
      MemorySegment output = MemorySegment.ofArray(new float[QUERY_ROW]);
      batch.add(first, 1, random.segment(QUERY_ROW), output);
      batch.add(second, 1, random.segment(QUERY_ROW), output);
      batch.attend(0, probe);
      List<String> expected = new ArrayList<>();
      for (int slot = 0; slot < 2; slot++) {
        for (int head = 0; head < 4; head++) {
          expected.add(slot + "/0/" + head + "[0, 1, 45, 46, 47, 48, 49, 50]");
        }
        expected.add(slot + " read 32");
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void describesEachLayer() {
    try (Session session =
        engine.open(ModelShape.of(4, 4, 2, 64), engine.policy("streaming-llm(dense-layers=2)"))) {
      assertThat(session.describe().layers()).hasSize(4);
      String backend = session.describe().layers().getFirst().backend();
      assertThat(backends).contains(backend.substring(0, backend.indexOf('@')));
      assertThat(session.describe().toString().replace(", fused: attention", ""))
          .startsWith("streaming-llm@1(")
          .contains("\n  layers 0-1: Dense[] on %s, prefill on %s".formatted(backend, backend))
          .contains("\n  layers 2-3: Window[sinks=4, recent=124] on " + backend + ", prefill on ");
    }
  }

  @Test
  void configuredLayersFollowOtherPolicies() {
    try (Engine layered =
            engine(", policy: quest, layers: {0: full, 2: \"streaming-llm(dense-layers=0)\"}");
        Session session = layered.open(SHAPE)) {
      assertThat(session.describe().layers().stream().map(l -> l.plan().getClass().getSimpleName()))
          .containsExactly("Dense", "Dense", "Window"); // quest keeps layer 1 dense itself
      assertThat(session.policy().spec().toString())
          .startsWith("layered@1(0=full@1,2=streaming-llm@1(");
      assertThatThrownBy(() -> layered.open(ModelShape.of(2, 4, 2, 64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageEndingWith(
              "does not fit layer 1 of this model: layers: 2 goes beyond this model, which has layers 0 to 1.");
    }
  }

  @Test
  void thePolicyCanAttendDuringPrefill() {
    try (Engine eager = engine(", prefill: policy")) {
      Tokens prompt = tokens(300);
      AttentionPolicy window = eager.policy("streaming-llm(budget=16,dense-layers=0)");
      AttentionPolicy calibrated = eager.policy("adamas-dot" + SPARSE);
      try (Session session = eager.open(SHAPE, window)) {
        prompt.step(session);
        assertThat(session.statistics().prefill().visibleTokens())
            .isLessThanOrEqualTo(3L * 4 * 300 * 16);
      }
      List<float[]> afterPolicyPrefill = new ArrayList<>();
      List<float[]> afterDensePrefill = new ArrayList<>();
      Tokens answer = tokens(3);
      try (Session session = eager.open(SHAPE, calibrated);
          Session other = engine.open(SHAPE, calibrated)) {
        assertThat(prompt.step(session)).isEqualTo(prompt.step(other));
        session.endPrefill();
        other.endPrefill();
        afterPolicyPrefill.addAll(answer.decode(session, 0, answer.count()));
        afterDensePrefill.addAll(answer.decode(other, 0, answer.count()));
      }
      SwapContract.same(afterPolicyPrefill, afterDensePrefill);
    }
  }

  @Test
  void aHostsOwnCacheDecodesLikeTheEngines() {
    try (Engine wide = engine(KvType.F32, "")) {
      compareWithHostCache(wide);
    }
  }

  private void compareWithHostCache(Engine wide) {
    AttentionPolicy policy = wide.policy("adamas-dot" + SPARSE);
    HostCache[] caches = {
      new HostCache(SHAPE, 512), new HostCache(SHAPE, 512), new HostCache(SHAPE, 512)
    };
    try (Session own = wide.open(SHAPE, policy);
        Session attached = wide.attach(SHAPE, layer -> caches[layer], policy)) {
      Tokens prompt = tokens(300);
      assertThat(HostCache.step(attached, caches, prompt)).isEqualTo(prompt.step(own));
      own.endPrefill();
      attached.endPrefill();
      for (HostCache cache : caches) {
        cache.calibration = 300;
      }
      for (int i = 0; i < 5; i++) {
        Tokens next = tokens(1);
        assertThat(HostCache.step(attached, caches, next)).isEqualTo(next.step(own));
      }
      assertThat(attached.length()).isEqualTo(305);
      assertThat(attached.statistics().cacheBytes()).isZero();
      // Truncated with and without telling the session.
      for (boolean told : new boolean[] {true, false}) {
        own.truncate(302);
        for (HostCache cache : caches) {
          cache.length = 302;
          cache.generation++;
        }
        if (told) {
          attached.truncate(302);
        }
        for (int i = 0; i < 3; i++) {
          Tokens next = tokens(1);
          assertThat(HostCache.step(attached, caches, next)).isEqualTo(next.step(own));
        }
      }
      MemorySegment row = random.segment(KV_ROW);
      assertThatThrownBy(() -> attached.append(0, row, row, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "This session reads the host's own cache, so the host has to append there; sessions"
                  + " from Engine.open have a cache of their own.");
      assertThatThrownBy(attached::fork)
          .hasMessageStartingWith(
              "This session reads the host's own cache, so the host has to fork there;");
    }
  }

  @Test
  void misuseIsOneSentence() {
    MemorySegment kv = random.segment(KV_ROW);
    MemorySegment query = random.segment(QUERY_ROW);
    MemorySegment output = random.segment(QUERY_ROW);
    Session session = engine.open(SHAPE, engine.policy("full"));
    refuses(() -> session.append(3, kv, kv, 1), "The model has layers 0 to 2, not 3.");
    refuses(() -> session.append(0, kv, kv, 0), "Append at least 1 token, not 0.");
    refuses(
        () -> session.append(0, kv, kv.asSlice(4), 1),
        "The values of 1 rows take 512 bytes (float32 [1][2][64]), but the segment has 508.");
    refuses(
        () -> session.attend(0, 1, query, output),
        "1 query rows attend at layer 0, but its cache holds 0 tokens; append the rows' keys and values first.");
    session.append(0, kv, kv, 1);
    refuses(
        () -> session.attend(0, 0, query, output), "A session attends with at least 1 row, not 0.");
    refuses(() -> session.attend(-1, 1, query, output), "The model has layers 0 to 2, not -1.");
    refuses(
        () -> session.attend(0, 1, query, output.asSlice(0, 4)),
        "The outputs of 1 rows take 1024 bytes (float32 [1][4][64]), but the segment has 4.");
    refuses(() -> session.truncate(1), "Truncate to a length from 0 to 0, not 1.");
    Batch batch = engine.batch();
    batch.add(session, 1, query, output);
    refuses(
        () -> batch.add(session, 1, query, output),
        "The session is in the batch already; add all its rows at once.");
    try (Engine other = engine("")) {
      refuses(
          () -> other.batch().add(session, 1, query, output),
          "The session belongs to another engine; use a batch of that engine.");
    }
    session.close();
    session.close();
    for (Runnable use :
        List.<Runnable>of(
            () -> session.append(0, kv, kv, 1),
            () -> session.attend(0, 1, query, output),
            () -> batch.attend(0),
            () -> session.truncate(0),
            () -> session.reserve(1),
            session::fork,
            session::endPrefill,
            session::beginPrefill,
            session::length,
            session::statistics)) {
      assertThatThrownBy(use::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("The session is closed; open another one.");
    }
  }

  private static void refuses(Runnable action, String message) {
    assertThatThrownBy(action::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void closingTheEngineClosesItsSessions() {
    Engine closing = engine("");
    Session session = closing.open(SHAPE, closing.policy("adamas-dot" + SPARSE));
    tokens(300).step(session);
    session.endPrefill();
    tokens(1).step(session);
    Session fork = session.fork();
    assertThat(closing.memory().bytes()).isPositive();
    closing.close();
    closing.close();
    assertThat(closing.memory().bytes()).isZero();
    assertThatThrownBy(fork::length).hasMessage("The session is closed; open another one.");
    assertThatThrownBy(() -> closing.open(SHAPE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The engine is closed; create another one.");
  }
}
