package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tails against the scalar backend: equal selections, outputs within rounding. */
class TailKernelTest {

  private static final List<Map<String, String>> PARTS =
      List.of(
          Map.of(),
          Map.of("residual", "false"),
          Map.of("correction", "false"),
          Map.of("correction", "false", "residual", "false", "tail-page", "128"),
          Map.of("distance", "code-dot"),
          Map.of("residual-tokens", "100", "quantizer", "bucket(center=true,scale=norm)"),
          Map.of("residual-quantizer", "bucket(bits=1,scale=norm)"),
          Map.of("residual-quantizer", "bucket(bits=3,scale=norm)", "residual-tokens", "10%"),
          Map.of("residual-quantizer", "bucket(scale=norm,levels=odd)", "distance", "asymmetric"),
          Map.of("residual-transform", "identity", "residual-tokens", "5000"),
          Map.of("sinks", "4", "recent", "12"));

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private LayerPlan plan(ModelShape shape, Map<String, String> parts) {
    Map<String, String> options = new HashMap<>(parts);
    options.put("budget", Integer.toString(17 + random.nextInt(100)));
    options.put("group", random.nextInt(3) == 0 ? "shared" : "per-query-head");
    return SparsePair.plan(shape, "adamas-tail", options);
  }

  private TestCache cache(ModelShape shape, int capacity) {
    KvType type = List.of(KvType.values()).get(random.nextInt(3));
    TestCache.Order order = List.of(TestCache.Order.values()).get(random.nextInt(3));
    return new TestCache(
        shape, type, order, 1 << random.nextInt(9), capacity, random.nextBoolean());
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void everyPartGivesTheScalarBackendsOutput(int headDim) {
    for (Map<String, String> parts : PARTS) {
      int group = new int[] {1, 3, 4}[random.nextInt(3)];
      ModelShape shape = ModelShape.of(1, 2 * group, 2, headDim);
      int length = 300 + random.nextInt(1500);
      TestCache cache = cache(shape, length).fill(random, length);
      LayerPlan plan = plan(shape, parts);
      String what =
          "%s %d of %d tokens, group %d, %s, seed %d"
              .formatted(parts, headDim, length, group, cache.describe(), seed);
      // Rows of a slot see the open page, and pages that the index has as complete, as open.
      new SparsePair(plan, cache, 2).follow().check(random.nextBoolean() ? 1 : 5, random, what);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 255, 256, 257, 319, 320, 321, 1023, 1024, 1025, 4097, 8200})
  void awkwardLengths(int length) {
    ModelShape shape = ModelShape.of(1, 2, 1, 64);
    TestCache cache = cache(shape, length).fill(random, length);
    new SparsePair(plan(shape, Map.of()), cache, 2)
        .follow()
        .check(1, random, "length %d, %s, seed %d".formatted(length, cache.describe(), seed));
  }

  @Test
  void followsTheCacheTokenByToken() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = cache(shape, 1200).fill(random, 500);
    SparsePair pair = new SparsePair(plan(shape, Map.of()), cache, 2).follow();
    for (int step = 0; step < 200; step++) {
      cache.fill(random, 1);
      pair.follow();
      if (step % 17 == 0) {
        pair.check(1, random, "step %d, seed %d".formatted(step, seed));
      }
    }
    for (int length : new int[] {650, 640, 639, 300, 257}) {
      cache.truncate(length);
      pair.follow().check(1, random, "truncated to %d, seed %d".formatted(length, seed));
      cache.fill(random, 3);
      pair.follow().check(2, random, "and %d more, seed %d".formatted(3, seed));
    }
  }

  @Test
  void declaresNoLessThanItKeeps() {
    ModelShape shape = ModelShape.of(1, 4, 2, 128);
    TestCache cache = cache(shape, 2048).fill(random, 2048);
    LayerPlan plan = plan(shape, Map.of());
    SparsePair pair = new SparsePair(plan, cache, 1).follow();
    Support.Accepted accepted = pair.fused().accepted();
    double perToken = pair.fusedIndex().bytes() / 2048.0;
    double means = 2.0 * 128 * cache.type().bytes() / 64;
    assertThat(perToken).isEqualTo(2 * (34 + 18 + 18) + means);
    assertThat(accepted.indexBytesPerToken()).isGreaterThanOrEqualTo(perToken);
  }
}
