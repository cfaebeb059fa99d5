package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Selector;
import dev.adamas.api.Stage;
import dev.adamas.api.Support;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Top-p budgets against the scalar backend: the same selections, bit for bit. */
class MassBudgetTest {

  private static final List<String> QUANTIZERS =
      List.of(
          "bucket",
          "bucket(levels=odd)",
          "bucket(center=true,scale=debias)",
          "bucket(bits=1,scale=debias)",
          "bucket(bits=3)");

  private static final List<String> DISTANCES =
      List.of(
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

  private String budget(int length) {
    String mass = List.of("0.01", "0.3", "0.5", "0.8", "0.9", "0.99", "1").get(random.nextInt(7));
    return random.nextBoolean()
        ? "top-p:" + mass
        : "top-p:" + mass + ":" + (1 + random.nextInt(length));
  }

  private String group() {
    return random.nextInt(3) == 0 ? "shared" : "per-query-head";
  }

  private void check(
      String policy, Map<String, String> options, TestCache cache, int rows, String what) {
    LayerPlan plan = SparsePair.plan(cache.shape(), policy, options);
    String where = "%s%s %s, %s, seed %d".formatted(policy, options, what, cache.describe(), seed);
    new SparsePair(plan, cache, 2).follow().check(rows, random, where);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void everyEstimateSelectsTheScalarBackendsTokens(int headDim) {
    for (String quantizer : QUANTIZERS) {
      for (String distance : DISTANCES) {
        int group = new int[] {1, 3, 4}[random.nextInt(3)];
        ModelShape shape = ModelShape.of(1, group, 1, headDim);
        int length = 257 + random.nextInt(1000);
        Map<String, String> options = new HashMap<>();
        options.put("budget", budget(length));
        options.put("quantizer", quantizer);
        options.put("distance", distance);
        options.put("group", group());
        if (random.nextInt(3) == 0) {
          options.put("sinks", Integer.toString(random.nextInt(5)));
          options.put("recent", Integer.toString(random.nextInt(70)));
        }
        TestCache cache = cache(shape, length).fill(random, length);
        check("adamas", options, cache, random.nextBoolean() ? 1 : 3, "group " + group);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128})
  void oracleAndTails(int headDim) {
    for (int round = 0; round < 9; round++) {
      int group = 1 + random.nextInt(4);
      ModelShape shape = ModelShape.of(1, group, 1, headDim);
      int length = 300 + random.nextInt(2000);
      TestCache cache = cache(shape, length).fill(random, length);
      Map<String, String> options = new HashMap<>();
      options.put("budget", budget(length));
      options.put("group", group());
      check("oracle", options, cache, 2, "group " + group);
      options.put("residual", Boolean.toString(round % 3 > 0));
      if (round % 3 == 1) {
        options.put("residual-tokens", Integer.toString(1 + random.nextInt(1000)));
        options.put("sinks", "4");
        options.put("recent", "12");
      }
      check("adamas-tail", options, cache, round % 2 == 0 ? 1 : 5, "group " + group);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 63, 64, 65, 127, 1023, 1024, 1025, 4096, 4097, 8200})
  void awkwardLengths(int length) {
    ModelShape shape = ModelShape.of(1, 2, 1, 64);
    TestCache cache = cache(shape, length).calibratedOn(1).fill(random, length);
    for (String mass : List.of("0.001", "0.9", "1")) {
      for (String policy : List.of("adamas-dot", "oracle", "adamas-tail")) {
        check(policy, Map.of("budget", "top-p:" + mass), cache, 1, "");
      }
    }
  }

  @Test
  void tiesAndFlatScores() {
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
        check("adamas", Map.of("budget", budget(2500), "distance", distance), cache, 1, "");
      }
    }
    TestCache zero = cache(shape, 700).fill(random, 700, (token, head, j) -> 0);
    check("adamas-dot", Map.of("budget", "top-p:0.5"), zero, 1, "zero keys");
    check("oracle", Map.of("budget", "top-p:0.5"), zero, 1, "zero keys");
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
                          case 2 -> token % 5 == 0 ? 1e25 : j;
                          case 3 -> j == 3 && token % 4 == 0 ? Double.NEGATIVE_INFINITY : -1;
                          default -> random.nextGaussian();
                        });
        Map<String, String> options = new HashMap<>();
        options.put("budget", budget(1200));
        options.put("quantizer", quantizer);
        options.put("distance", distance);
        options.put("recent", "3");
        check("adamas", options, cache, 1, "");
      }
    }
  }

  /** The selector of a plugin: the same choice under a name that is not fused. */
  private record Foreign(Selector selector) implements Selector {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("foreign", 1);
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      return selector.select(scores, count, budget, selected);
    }
  }

  @Test
  void otherSelectorsGetTheSameBudget() {
    ModelShape shape = ModelShape.of(1, 6, 2, 64);
    for (String group : List.of("shared", "per-query-head")) {
      var plan =
          (LayerPlan.Sparse)
              SparsePair.plan(shape, "adamas-dot", Map.of("budget", "top-p:0.7", "group", group));
      Pipeline own = plan.pipeline();
      Pipeline foreign =
          new Pipeline(
              own.transform(), own.quantizer(), own.distance(), new Foreign(own.selector()));
      var staged = new LayerPlan.Sparse(foreign, plan.budget(), 2, 5, plan.groupRule());
      TestCache cache = cache(shape, 1900).fill(random, 1900);
      new SparsePair(staged, cache, 2)
          .follow()
          .check(1, random, "%s, %s, seed %d".formatted(group, cache.describe(), seed));
    }
  }

  @Test
  void runsFused() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    var plan = SparsePair.plan(shape, "adamas-dot", Map.of("budget", "top-p:0.9"));
    assertThat(((LayerPlan.Sparse) plan).budget()).isInstanceOf(Budget.TopP.class);
    assertThat(new VectorBackend().probe(plan, shape))
        .isInstanceOfSatisfying(
            Support.Accepted.class,
            accepted -> assertThat(accepted.fused()).contains(Stage.Kind.SELECTOR));
  }
}
