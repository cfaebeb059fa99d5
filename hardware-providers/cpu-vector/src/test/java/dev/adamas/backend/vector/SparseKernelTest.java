package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Stage;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the scalar backend: the same selections, bit for bit, and outputs within rounding. */
class SparseKernelTest {

  private static final List<String> QUANTIZERS =
      List.of(
          "bucket",
          "bucket(levels=odd)",
          "bucket(thresholds=quartile)",
          "bucket(thresholds=fixed,t=-1:0:2)",
          "bucket(center=true,scale=norm)",
          "bucket(center=true,scale=debias)",
          "bucket(bits=1)",
          "bucket(bits=1,scale=debias)",
          "bucket(bits=3)");

  private static final List<String> DISTANCES =
      List.of(
          "manhattan",
          "l2",
          "code-dot",
          "asymmetric(query=int4)",
          "asymmetric(query=int8)",
          "asymmetric(query=float)");

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private TestCache cache(ModelShape shape, int capacity) {
    KvType type = List.of(KvType.values()).get(random.nextInt(3));
    TestCache.Order order = List.of(TestCache.Order.values()).get(random.nextInt(3));
    return new TestCache(
        shape, type, order, 1 << random.nextInt(9), capacity, random.nextBoolean());
  }

  private static LayerPlan adamas(ModelShape shape, String... options) {
    Map<String, String> map = new HashMap<>();
    for (int i = 0; i < options.length; i += 2) {
      map.put(options[i], options[i + 1]);
    }
    return SparsePair.plan(shape, "adamas", map);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void everyPipelineSelectsTheScalarBackendsTokens(int headDim) {
    for (String quantizer : QUANTIZERS) {
      for (String distance : DISTANCES) {
        int group = new int[] {1, 3, 4, 8}[random.nextInt(4)];
        ModelShape shape = ModelShape.of(1, 2 * group, 2, headDim);
        int length = 257 + random.nextInt(1500);
        TestCache cache = cache(shape, length).fill(random, length);
        String shared = random.nextInt(3) == 0 ? "shared" : "per-query-head";
        int budget = 1 + random.nextInt(length / 2);
        LayerPlan plan =
            adamas(
                shape,
                "budget",
                Integer.toString(budget),
                "quantizer",
                quantizer,
                "distance",
                distance,
                "group",
                shared);
        String what =
            "%s %s %s budget %d group %d of %d, %s, seed %d"
                .formatted(
                    quantizer, distance, shared, budget, group, headDim, cache.describe(), seed);
        new SparsePair(plan, cache, 2).follow().check(1, random, what);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void peersSelectTheScalarBackendsTokens(int headDim) {
    for (Map<String, String> quest :
        List.of(
            Map.of("budget", "64"),
            Map.of("budget", "200", "quantizer", "page-min-max(page=32)"),
            Map.of("budget", "48", "quantizer", "page-min-max(page=5)"))) {
      for (int rows : new int[] {1, 7}) {
        checkPolicy("quest", quest, headDim, rows);
      }
    }
    for (String budget : List.of("1", "100")) {
      checkPolicy("oracle", Map.of("budget", budget), headDim, 2);
    }
  }

  private void checkPolicy(String policy, Map<String, String> options, int headDim, int rows) {
    int group = 1 + random.nextInt(4);
    ModelShape shape = ModelShape.of(1, 2 * group, 2, headDim);
    int length = 300 + random.nextInt(2000);
    TestCache cache = cache(shape, length + 20).fill(random, length);
    String what =
        "%s%s group %d of %d, %s, seed %d"
            .formatted(policy, options, group, headDim, cache.describe(), seed);
    SparsePair pair = new SparsePair(SparsePair.plan(shape, policy, options), cache, 2).follow();
    pair.check(rows, random, what);
    cache.fill(random, 1);
    pair.follow();
    cache.fill(random, 18);
    pair.follow().check(1, random, "grown, " + what);
    cache.truncate(length - 37);
    pair.follow().check(1, random, "truncated, " + what);
  }

  @Test
  void oracleNeedsNoIndex() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache =
        new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 64, 500, false)
            .fill(random, 500);
    LayerPlan plan = SparsePair.plan(shape, "oracle", Map.of("budget", "20"));
    SparsePair pair = new SparsePair(plan, cache, 1).follow();
    assertThat(pair.fusedIndex().bytes()).isZero();
    SparsePair.Watch watch = pair.watch(random);
    assertThat(watch.indexBytes).isZero();
    assertThat(watch.kvBytes).isEqualTo((500L * 2 + 4 * 20 * 2) * 64 * 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 63, 64, 65, 127, 1023, 1024, 1025, 4096, 4097})
  void awkwardLengths(int length) {
    for (String distance : List.of("manhattan", "code-dot", "asymmetric(query=int4)")) {
      ModelShape shape = ModelShape.of(1, 4, 2, 64);
      TestCache cache = cache(shape, length).calibratedOn(1).fill(random, length);
      for (int budget : new int[] {1, 2, Math.max(1, length - 1), length}) {
        LayerPlan plan = adamas(shape, "budget", Integer.toString(budget), "distance", distance);
        String what =
            "%s budget %d, %s, seed %d".formatted(distance, budget, cache.describe(), seed);
        new SparsePair(plan, cache, 2).follow().check(1, random, what);
      }
    }
  }

  @Test
  void forcedTokensAndSharesOfTheContext() {
    ModelShape shape = ModelShape.of(1, 8, 2, 64);
    for (String[] forced : new String[][] {{"4", "0"}, {"0", "5"}, {"4", "60"}, {"64", "0"}}) {
      for (String budget : List.of("64", "5%:64:1000")) {
        TestCache cache = cache(shape, 3000).fill(random, 3000);
        LayerPlan plan = adamas(shape, "budget", budget, "sinks", forced[0], "recent", forced[1]);
        String what = "%s %s %s seed %d".formatted(budget, forced[0], forced[1], seed);
        new SparsePair(plan, cache, 2).follow().check(1, random, what);
      }
    }
  }

  @Test
  void tiesGoToTheLowestPosition() {
    ModelShape shape = ModelShape.of(1, 4, 1, 64);
    for (String distance : DISTANCES) {
      for (int kinds : new int[] {1, 2, 5}) {
        double[][] rows = new double[kinds][64];
        for (double[] row : rows) {
          for (int j = 0; j < 64; j++) {
            row[j] = random.nextGaussian();
          }
        }
        TestCache cache =
            cache(shape, 2500).fill(random, 2500, (token, head, j) -> rows[token * 31 % kinds][j]);
        LayerPlan plan = adamas(shape, "budget", "100", "distance", distance);
        new SparsePair(plan, cache, 2)
            .follow()
            .check(1, random, "%s of %d kinds, seed %d".formatted(distance, kinds, seed));
      }
    }
  }

  @Test
  void zeroHugeAndInvalidKeys() {
    ModelShape shape = ModelShape.of(1, 4, 1, 128);
    for (String quantizer : QUANTIZERS) {
      for (String distance : DISTANCES) {
        TestCache cache =
            new TestCache(shape, KvType.F32, TestCache.Order.HEAD_MAJOR, 32, 1200, false)
                .fill(
                    random,
                    1200,
                    (token, head, j) ->
                        switch (token % 7) {
                          case 0 -> 0;
                          case 1 -> token % 3 == 0 ? Double.NaN : 1;
                          case 2 -> token % 5 == 0 ? 1e30 : j;
                          case 3 -> j == 3 && token % 4 == 0 ? Double.NEGATIVE_INFINITY : -1;
                          default -> random.nextGaussian();
                        });
        LayerPlan plan =
            adamas(shape, "budget", "50", "quantizer", quantizer, "distance", distance);
        new SparsePair(plan, cache, 2)
            .follow()
            .check(1, random, "%s %s, seed %d".formatted(quantizer, distance, seed));
      }
    }
  }

  @Test
  void indexFollowsTheCache() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = cache(shape, 2200);
    LayerPlan plan = adamas(shape, "budget", "40", "distance", "code-dot");
    SparsePair pair = new SparsePair(plan, cache, 2);
    String what = cache.describe() + ", seed " + seed;
    cache.fill(random, 200);
    pair.follow().check(1, random, "before calibration, " + what);
    assertThat(pair.fusedIndex().bytes()).isZero();
    for (int i = 0; i < 130; i++) {
      cache.fill(random, 1);
      pair.follow();
      if (cache.length() % 13 == 0) {
        pair.check(1, random, "grown to " + cache.length() + ", " + what);
      }
    }
    cache.fill(random, 1700);
    pair.follow().check(3, random, "several rows, " + what);
    assertThat(pair.fusedIndex().bytes()).isEqualTo(2030L * 2 * 64 / 4);
    cache.truncate(1020);
    pair.follow().check(1, random, "truncated, " + what);
    cache.fill(random, 30);
    pair.follow().check(2, random, "grown again, " + what);
    cache.truncate(255);
    pair.follow().check(1, random, "below the calibration length, " + what);
    assertThat(pair.fusedIndex().bytes()).isZero();
    cache.fill(random, 500);
    pair.follow().check(1, random, "calibrated again, " + what);
    cache.truncate(0);
    cache.fill(random, 400);
    pair.follow().check(150, random, "rows that see few tokens, " + what);
  }

  @Test
  void resultsDoNotDependOnThreads() {
    ModelShape shape = ModelShape.of(1, 12, 1, 64);
    TestCache first = cache(shape, 3000).fill(random, 3000);
    TestCache second = cache(shape, 700).fill(random, 700);
    for (String group : List.of("shared", "per-query-head")) {
      LayerPlan plan = adamas(shape, "budget", "70", "distance", "code-dot", "group", group);
      long querySeed = random.nextLong();
      List<float[]> outputs = new ArrayList<>();
      List<SparsePair.Watch> watches = new ArrayList<>();
      for (int threads : new int[] {1, 2, 5}) {
        Random queries = new Random(querySeed);
        Kernel kernel = new SparsePair(plan, first, threads).fused();
        List<TestSlot> slots =
            List.of(
                TestSlot.of(kernel, first, 2, queries), TestSlot.of(kernel, second, 1, queries));
        SparsePair.Watch watch = new SparsePair.Watch();
        kernel.attend(TestSlot.batch(slots), watch);
        outputs.add(slots.get(0).output());
        outputs.add(slots.get(1).output());
        watches.add(watch);
      }
      for (int i = 2; i < outputs.size(); i++) {
        assertThat(outputs.get(i)).as("seed %d", seed).isEqualTo(outputs.get(i % 2));
        assertThat(watches.get(i / 2).selected).isEqualTo(watches.get(0).selected);
        assertThat(watches.get(i / 2).indexBytes).isEqualTo(watches.get(0).indexBytes);
      }
    }
  }

  @Test
  void reportsWhatAStepReads() {
    ModelShape shape = ModelShape.of(1, 8, 2, 128);
    TestCache cache =
        new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 64, 2048, false)
            .fill(random, 2048);
    SparsePair pair = new SparsePair(adamas(shape, "budget", "100"), cache, 2).follow();
    SparsePair.Watch watch = pair.watch(random);
    assertThat(watch.visibleTokens).isEqualTo(800);
    assertThat(watch.kvBytes).isEqualTo(800L * 2 * 128 * 2);
    assertThat(watch.indexBytes).isEqualTo(2048L * 32 * 2);
    assertThat(pair.fusedIndex().bytes()).isEqualTo(2048L * 2 * 128 * 2 * 2 / 16);
  }

  @Test
  void fusesWhatItSays() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    for (String distance : List.of("manhattan", "code-dot")) {
      assertThat(new VectorBackend().probe(adamas(shape, "distance", distance), shape))
          .isInstanceOfSatisfying(
              Support.Accepted.class,
              accepted -> {
                assertThat(accepted.fused())
                    .isEqualTo(
                        Set.of(Stage.Kind.DISTANCE, Stage.Kind.SELECTOR, Stage.Kind.ATTENTION));
                assertThat(accepted.indexBytesPerToken()).isEqualTo(2 * 16);
              });
    }
  }

  @Test
  void refusesStaleAndForeignIndexes() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = cache(shape, 400).fill(random, 300);
    LayerPlan plan = adamas(shape, "budget", "20");
    Kernel kernel = new SparsePair(plan, cache, 1).fused();
    TestSlot slot = TestSlot.of(kernel, cache, 1, random);
    cache.fill(random, 1);
    assertThatThrownBy(() -> kernel.attend(TestSlot.batch(List.of(slot)), StepProbe.NONE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("append or truncate");
    SelectionIndex foreign = new SparsePair(plan, cache, 1).fusedIndex();
    assertThatThrownBy(() -> kernel.append(cache, foreign, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another kernel");
    SelectionIndex closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = kernel.open(arena);
    }
    assertThatThrownBy(closed::length).isInstanceOf(IllegalStateException.class);
  }
}
