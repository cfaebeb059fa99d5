package dev.adamas.backend.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Distance;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Screen;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Selector;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import dev.adamas.baseline.BaselineProvider;
import dev.adamas.it.fixtures.Components;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.RecordingProbe;
import dev.adamas.it.fixtures.Seed;
import dev.adamas.it.fixtures.TestBatch;
import dev.adamas.it.fixtures.TestCache;
import dev.adamas.it.fixtures.TestWorkers;
import dev.adamas.policy.AdamasProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarKernelTest {

  private static final Components COMPONENTS =
      Components.of(new AdamasProvider(), new BaselineProvider());
  private static final ModelShape SHAPE = ModelShape.of(1, 4, 2, 64);
  private static final int CALIBRATION = 40;

  private final Random random = Seed.random("scalar");
  private final ComputeBackend backend =
      new ScalarProvider()
          .backends()
          .getFirst()
          .create()
          .apply(
              dev.adamas.api.Settings.of(
                  "scalar", java.util.List.of(), Map.of(), COMPONENTS::stage));
  private final float[][][] keys = rows(700);
  private final float[][][] values = rows(700);

  private float[][][] rows(int tokens) {
    float[][][] rows = new float[SHAPE.kvHeads()][][];
    for (int head = 0; head < rows.length; head++) {
      rows[head] = Keys.OUTLIERS.rows(random, tokens, SHAPE.headDim());
    }
    return rows;
  }

  private float[][][] queries(int rows) {
    float[][][] queries = new float[rows][SHAPE.queryHeads()][];
    for (float[][] row : queries) {
      for (int head = 0; head < row.length; head++) {
        row[head] = Keys.row(random, SHAPE.headDim());
      }
    }
    return queries;
  }

  private TestCache cache(int tokens) {
    TestCache cache = new TestCache(SHAPE, KvType.F16, TestCache.Layout.USUAL, CALIBRATION);
    cache.append(keys, values, 0, tokens);
    return cache;
  }

  private static LayerPlan plan(String policy, String... settings) {
    Map<String, String> values = new java.util.HashMap<>();
    values.put("dense-layers", "0");
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    return COMPONENTS.policy(policy, values).plan(0, SHAPE);
  }

  private Kernel kernel(LayerPlan plan, int threads) {
    Support support = backend.probe(plan, SHAPE);
    assertThat(support).isInstanceOf(Support.Accepted.class);
    return backend.compile((Support.Accepted) support, new TestWorkers(threads));
  }

  private record Result(RecordingProbe probe, TestBatch batch) {}

  private static Result attend(
      Kernel kernel, TestCache cache, SelectionIndex index, float[][][] queries) {
    RecordingProbe probe = new RecordingProbe();
    TestBatch batch = new TestBatch().add(cache, index, queries);
    kernel.attend(batch, probe);
    return new Result(probe, batch);
  }

  /** What a fresh index over the same cache gives. */
  private Result fresh(LayerPlan plan, TestCache cache, float[][][] queries) {
    try (Kernel kernel = kernel(plan, 1)) {
      SelectionIndex index = kernel.open(Arena.ofAuto());
      kernel.append(cache, index, 0, cache.length());
      return attend(kernel, cache, index, queries);
    }
  }

  private static void assertSame(Result actual, Result expected, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int head = 0; head < SHAPE.queryHeads(); head++) {
        assertThat(actual.probe.selection(0, row, head).orElse(new int[0]))
            .isEqualTo(expected.probe.selection(0, row, head).orElse(new int[0]));
        assertThat(actual.batch.output(0, row, head))
            .isEqualTo(expected.batch.output(0, row, head));
      }
    }
    assertThat(actual.probe.cost(0)).isEqualTo(expected.probe.cost(0));
  }

  static java.util.stream.Stream<String> plans() {
    return java.util.stream.Stream.of(
        "dense",
        "window",
        "quest",
        "oracle",
        "sequence",
        "adamas",
        "adamas-dot",
        "adamas-tail",
        "tail-means",
        "tail-values",
        "tail-shared",
        "tail-top-p",
        "tail-code-dot",
        "tail-oracle");
  }

  private static LayerPlan planOf(String name) {
    return switch (name) {
      case "tail-means" -> plan("adamas-tail", "budget", "20", "residual", "false");
      case "tail-values" ->
          plan(
              "adamas-tail",
              "budget",
              "20",
              "group",
              "shared",
              "residual-keys",
              "false",
              "residual-tokens",
              "30");
      case "tail-code-dot" ->
          plan("adamas-tail", "budget", "20", "distance", "code-dot", "residual-tokens", "30");
      case "tail-shared" ->
          plan("adamas-tail", "budget", "20", "group", "shared", "residual-tokens", "30");
      case "tail-top-p" ->
          plan("adamas-tail", "budget", "top-p:0.5:40", "tail-page", "5", "residual-tokens", "7");
      case "tail-oracle" ->
          plan(
              "adamas-tail",
              "budget",
              "10",
              "transform",
              "identity",
              "quantizer",
              "rows",
              "distance",
              "inner-product",
              "tail-page",
              "16",
              "residual-keys",
              "false");
      case "dense" -> new LayerPlan.Dense();
      case "window" -> plan("streaming-llm", "budget", "20");
      case "quest" -> plan("quest", "budget", "48");
      case "oracle" -> plan("oracle", "budget", "20");
      case "sequence" ->
          new LayerPlan.Sparse(
              new Pipeline(
                  COMPONENTS.stage(Transform.class, "identity"),
                  new AboveAverage(false),
                  new FlagDistance(),
                  COMPONENTS.stage(Selector.class, "top-k")),
              new Budget.Tokens(20),
              0,
              1,
              LayerPlan.GroupRule.PER_QUERY_HEAD);
      default -> plan(name, "budget", "20", "sinks", "2", "recent", "3");
    };
  }

  @ParameterizedTest
  @MethodSource("plans")
  void growingAndTruncatingGiveWhatAFreshIndexGives(String name) {
    LayerPlan plan = planOf(name);
    try (Kernel kernel = kernel(plan, 2)) {
      SelectionIndex index = kernel.open(Arena.ofAuto());
      TestCache cache = cache(0);
      for (int round = 0; round < 12; round++) {
        if (random.nextInt(3) == 0 && cache.length() > 1) {
          int length = 1 + random.nextInt(cache.length());
          cache.truncate(length);
          kernel.truncate(cache, index, length);
        } else {
          int from = cache.length();
          int to = Math.min(700, from + 1 + random.nextInt(round < 4 ? 20 : 300));
          cache.append(keys, values, from, to);
          int middle = from + random.nextInt(to - from + 1);
          kernel.append(cache, index, from, middle);
          kernel.append(cache, index, middle, to);
        }
        assertThat(index.length()).isEqualTo(cache.length());
        float[][][] queries = queries(1);
        assertSame(attend(kernel, cache, index, queries), fresh(plan, cache, queries), 1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("plans")
  void aRowOfManySeesWhatItWouldSeeAlone(String name) {
    LayerPlan plan = planOf(name);
    int rows = 37;
    int length = 60;
    float[][][] queries = queries(rows);
    Result together = fresh(plan, cache(length), queries);
    for (int row = 0; row < rows; row++) {
      Result alone = fresh(plan, cache(length - rows + row + 1), new float[][][] {queries[row]});
      for (int head = 0; head < SHAPE.queryHeads(); head++) {
        assertThat(together.probe.selection(0, row, head).orElse(new int[0]))
            .as("%s row %d", name, row)
            .isEqualTo(alone.probe.selection(0, 0, head).orElse(new int[0]));
        assertThat(together.batch.output(0, row, head)).isEqualTo(alone.batch.output(0, 0, head));
      }
    }
  }

  @Test
  void severalSequencesDoNotMix() {
    try (Kernel kernel = kernel(planOf("adamas-dot"), 2)) {
      TestCache one = cache(300);
      TestCache other = cache(57);
      SelectionIndex first = kernel.open(Arena.ofAuto());
      SelectionIndex second = kernel.open(Arena.ofAuto());
      kernel.append(one, first, 0, 300);
      kernel.append(other, second, 0, 57);
      float[][][] queries = queries(1);
      TestBatch batch = new TestBatch().add(one, first, queries).add(other, second, queries);
      kernel.attend(batch, StepProbe.NONE);
      Result alone = fresh(planOf("adamas-dot"), cache(57), queries);
      for (int head = 0; head < SHAPE.queryHeads(); head++) {
        assertThat(batch.output(1, 0, head)).isEqualTo(alone.batch.output(0, 0, head));
        assertThat(batch.output(0, 0, head)).isNotEqualTo(batch.output(1, 0, head));
      }
    }
  }

  @Test
  void costsCountTokensAndBytes() {
    float[][][] queries = queries(1);
    // 4 query heads of 2 KV heads; fp16 rows of 64 are 128 bytes, codes are 16.
    assertThat(fresh(new LayerPlan.Dense(), cache(100), queries).probe.cost(0))
        .isEqualTo(new RecordingProbe.Cost(400, 2 * 100 * 256, 0));
    assertThat(fresh(plan("adamas", "budget", "10"), cache(100), queries).probe.cost(0))
        .isEqualTo(new RecordingProbe.Cost(40, 4 * 10 * 256, 2 * 100 * 16));
    assertThat(
            fresh(plan("adamas", "budget", "10", "group", "shared"), cache(100), queries)
                .probe
                .cost(0))
        .isEqualTo(new RecordingProbe.Cost(40, 2 * 10 * 256, 2 * 100 * 16));
    assertThat(fresh(plan("quest", "budget", "48"), cache(96), queries).probe.cost(0))
        .isEqualTo(new RecordingProbe.Cost(4 * 48, 4 * 48 * 256, 2 * 6 * 256));
  }

  @Test
  void indexBytesAreAsDeclared() {
    LayerPlan plan = plan("adamas");
    Support.Accepted accepted = (Support.Accepted) backend.probe(plan, SHAPE);
    // 1/16 of the 512 bytes of fp16 keys and values of a token.
    assertThat(accepted.indexBytesPerToken()).isEqualTo(32);
    try (Kernel kernel = kernel(plan, 1)) {
      SelectionIndex index = kernel.open(Arena.ofAuto());
      TestCache cache = cache(300);
      kernel.append(cache, index, 0, CALIBRATION - 1);
      assertThat(index.bytes()).isZero();
      kernel.append(cache, index, CALIBRATION - 1, 300);
      assertThat(index.bytes()).isEqualTo(300 * 32);
      cache.truncate(CALIBRATION - 1);
      kernel.truncate(cache, index, CALIBRATION - 1);
      assertThat(index.bytes()).isZero();
    }
  }

  @Test
  void theTailCountsItsBytes() {
    LayerPlan plan = plan("adamas-tail", "budget", "10", "residual-tokens", "30");
    Support.Accepted accepted = (Support.Accepted) backend.probe(plan, SHAPE);
    // A code of 16 and two of 8 bytes, each with an fp16, and a float32 row of 64 per 64 tokens,
    // for
    // 2 KV heads.
    assertThat(accepted.indexBytesPerToken()).isEqualTo(2 * (18 + 10 + 10 + 4));
    try (Kernel kernel = kernel(plan, 1)) {
      SelectionIndex index = kernel.open(Arena.ofAuto());
      TestCache cache = cache(300);
      kernel.append(cache, index, 0, CALIBRATION - 1);
      assertThat(index.bytes()).isZero();
      kernel.append(cache, index, CALIBRATION - 1, 300);
      // Four complete pages, whose means are fp16 like the cache.
      assertThat(index.bytes()).isEqualTo(2 * (300 * 38 + 4 * 128));
      // Second codes of keys, for all candidates, and value codes are read per query head, first
      // codes and means once per KV head.
      assertThat(attend(kernel, cache, index, queries(1)).probe.cost(0))
          .isEqualTo(
              new RecordingProbe.Cost(
                  40, 4 * 10 * 256, 2 * (300 * 18 + 4 * 128) + 4 * (40 * 10 + 30 * 10)));
    }
    LayerPlan shared = plan("adamas-tail", "budget", "10", "group", "shared");
    // Fewer tokens are left than the second tier holds.
    assertThat(fresh(shared, cache(100), queries(1)).probe.cost(0))
        .isEqualTo(
            new RecordingProbe.Cost(
                40, 2 * 10 * 256, 2 * (100 * 18 + 128) + 2 * (100 * 10 + 90 * 10)));
    assertThat(fresh(plan, cache(10), queries(1)).probe.cost(0))
        .isEqualTo(new RecordingProbe.Cost(40, 2 * 10 * 256, 0));
    LayerPlan values =
        plan(
            "adamas-tail",
            "budget",
            "10",
            "residual-tokens",
            "30",
            "residual-keys",
            "false",
            "residual-quantizer",
            "bucket(scale=norm)");
    assertThat(((Support.Accepted) backend.probe(values, SHAPE)).indexBytesPerToken())
        .isEqualTo(2 * (18 + 18 + 4));
    assertThat(fresh(values, cache(300), queries(1)).probe.cost(0))
        .isEqualTo(
            new RecordingProbe.Cost(40, 4 * 10 * 256, 2 * (300 * 18 + 4 * 128) + 4 * 30 * 18));
  }

  @Test
  void topPTakesTheSmallestSetThatHoldsTheMass() {
    double mass = 0.8;
    int length = 300;
    float[][][] queries = queries(1);
    TestCache cache = cache(length);
    Result result = fresh(plan("oracle", "budget", "top-p:" + mass + ":250"), cache, queries);
    for (int head = 0; head < SHAPE.queryHeads(); head++) {
      double[] weights = new double[length];
      double total = 0;
      for (int token = 0; token < length; token++) {
        float[] key = cache.key(token, head / SHAPE.groupSize());
        double logit = 0;
        for (int j = 0; j < key.length; j++) {
          logit += (double) queries[0][head][j] * key[j];
        }
        weights[token] = Math.exp(logit * SHAPE.softmaxScale());
        total += weights[token];
      }
      int[] selected = result.probe.selection(0, 0, head).orElseThrow();
      double held = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int token : selected) {
        held += weights[token];
        least = Math.min(least, weights[token]);
      }
      assertThat(held).isGreaterThanOrEqualTo(mass * total * (1 - 1e-5));
      assertThat(held - least).isLessThan(mass * total * (1 + 1e-5));
    }
    Result bounded = fresh(plan("oracle", "budget", "top-p:" + mass + ":3"), cache, queries);
    assertThat(bounded.probe.selection(0, 0, 0).orElseThrow()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void staleIndexesAreRefused() {
    try (Kernel kernel = kernel(planOf("adamas"), 1)) {
      TestCache cache = cache(100);
      SelectionIndex index = kernel.open(Arena.ofAuto());
      kernel.append(cache, index, 0, 90);
      assertThatThrownBy(() -> attend(kernel, cache, index, queries(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "The index is stale: it covers 90 tokens of generation 0, the cache holds 100 of generation"
                  + " 0; append or truncate first.");
      assertThatThrownBy(() -> kernel.append(cache, index, 91, 100))
          .isInstanceOf(IllegalStateException.class);
      cache.truncate(90);
      assertThatThrownBy(() -> attend(kernel, cache, index, queries(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("generation 1");
      kernel.truncate(cache, index, 90);
      attend(kernel, cache, index, queries(1));
      try (Kernel other = kernel(planOf("adamas"), 1)) {
        assertThatThrownBy(() -> attend(other, cache, index, queries(1)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("The index was opened by another kernel; open one with this kernel.");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dense", "adamas"})
  void aClosedArenaEndsTheIndex(String name) {
    try (Kernel kernel = kernel(planOf(name), 1)) {
      TestCache cache = cache(100);
      SelectionIndex index;
      try (Arena arena = Arena.ofShared()) {
        index = kernel.open(arena);
        kernel.append(cache, index, 0, 100);
      }
      assertThatThrownBy(() -> attend(kernel, cache, index, queries(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("The index is closed; open another one.");
    }
  }

  @Test
  void whatItCannotRunIsRejectedWithEveryReason() {
    LayerPlan.Sparse dot = (LayerPlan.Sparse) plan("adamas-dot");
    LayerPlan extended =
        new LayerPlan.Sparse(
            dot.pipeline(),
            dot.budget(),
            0,
            0,
            dot.groupRule(),
            new Screen.Pages(64, 0.25),
            new Tail.PageMeans(64, true, Optional.empty()));
    assertThat(backend.probe(extended, SHAPE))
        .isEqualTo(
            new Support.Rejected(
                java.util.List.of(
                    "The scalar backend scans every code; it has no page screening.")));
    LayerPlan plain = plan("adamas", "transform", "identity");
    assertThat(backend.probe(plain, ModelShape.of(1, 1, 1, 12)))
        .isEqualTo(
            new Support.Rejected(
                java.util.List.of(
                    "bucket@1 codes dimensions that are multiples of 8, not 12; use"
                        + " transform=hadamard, which pads.")));
    Support.Accepted foreign = new Support.Accepted(plain, SHAPE, java.util.Set.of(), 1);
    assertThatThrownBy(() -> backend.compile(foreign, new TestWorkers(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSelectorThatLeavesItsRangeIsReported() {
    LayerPlan.Sparse sparse = (LayerPlan.Sparse) plan("adamas-dot", "budget", "10");
    Selector wrong =
        new Selector() {
          @Override
          public ComponentSpec spec() {
            return ComponentSpec.of("wrong", 1);
          }

          @Override
          public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
            selected.set(ValueLayout.JAVA_INT_UNALIGNED, 0, count);
            return 1;
          }
        };
    Pipeline p = sparse.pipeline();
    LayerPlan plan =
        new LayerPlan.Sparse(
            new Pipeline(p.transform(), p.quantizer(), p.distance(), wrong),
            sparse.budget(),
            0,
            0,
            sparse.groupRule());
    assertThatThrownBy(() -> fresh(plan, cache(100), queries(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Selector wrong@1 must give 1 to 10 ascending ordinals below 100 and did not; use another"
                + " selector.");
  }

  @Test
  void theExampleAttends() {
    TestCache cache = cache(100);
    float[][][] queries = queries(1);
    RecordingProbe probe = new RecordingProbe();
    StepExample.attend(
        backend,
        planOf("adamas-dot"),
        cache,
        new TestWorkers(2),
        index -> new TestBatch().add(cache, index, queries),
        probe);
    assertThat(probe.selection(0, 0, 3).orElseThrow()).hasSize(20);
  }

  @Test
  void attentionOverOneTokenIsItsValue() {
    TestCache cache = cache(1);
    Result result = fresh(planOf("adamas"), cache, queries(1));
    for (int head = 0; head < SHAPE.queryHeads(); head++) {
      float[] value = cache.value(0, head / SHAPE.groupSize());
      for (int j = 0; j < value.length; j++) {
        assertThat(result.batch.output(0, 0, head)[j]).isCloseTo(value[j], within(1e-6f));
      }
    }
  }

  /**
   * A code that depends on the whole sequence: whether the first coordinate exceeds its average.
   */
  private record AboveAverage(boolean calibrated) implements Quantizer {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("above-average", 1);
    }

    @Override
    public int rowsPerCode() {
      return 1;
    }

    @Override
    public Locality locality() {
      return Locality.SEQUENCE;
    }

    @Override
    public int codeBytes(int dim) {
      return 1;
    }

    @Override
    public boolean needsCalibration() {
      return !calibrated;
    }

    @Override
    public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
      return new AboveAverage(true);
    }

    @Override
    public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
      float sum = 0;
      for (int i = 0; i < count; i++) {
        sum += rows.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) i * dim);
      }
      for (int i = 0; i < count; i++) {
        float x = rows.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) i * dim);
        codes.set(ValueLayout.JAVA_BYTE, i, (byte) (x > sum / count ? 1 : 0));
      }
    }
  }

  private record FlagDistance() implements Distance {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("flag", 1);
    }

    @Override
    public Meaning meaning() {
      return Meaning.RANK;
    }

    @Override
    public Optional<String> incompatibility(Quantizer quantizer) {
      return Optional.empty();
    }

    @Override
    public int queryBytes(Quantizer quantizer, int dim) {
      return 1;
    }

    @Override
    public void prepareQuery(
        Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
      float first = query.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
      prepared.set(ValueLayout.JAVA_BYTE, 0, (byte) (first > 0 ? 1 : 0));
    }

    @Override
    public void score(
        Quantizer quantizer,
        MemorySegment prepared,
        MemorySegment codes,
        int count,
        int dim,
        MemorySegment scores) {
      for (int i = 0; i < count; i++) {
        int differ = codes.get(ValueLayout.JAVA_BYTE, i) ^ prepared.get(ValueLayout.JAVA_BYTE, 0);
        scores.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, differ);
      }
    }

    @Override
    public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
      throw new UnsupportedOperationException("flag@1 only ranks.");
    }

    @Override
    public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
      throw new UnsupportedOperationException("flag@1 only ranks.");
    }
  }
}
