package dev.adamas.it.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Support;
import dev.adamas.it.fixtures.Components;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.RecordingProbe;
import dev.adamas.it.fixtures.Seed;
import dev.adamas.it.fixtures.TestBatch;
import dev.adamas.it.fixtures.TestCache;
import dev.adamas.it.fixtures.TestWorkers;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The index of {@code adamas-tail} on every backend of the class path that takes it. */
class TailGrowthTest {

  private static final int[] DIMS = {64, 96, 128};

  /**
   * However tokens came and went, and others in their place, the index holds what a fresh one
   * holds: with every code of keys and values in use, the outputs are the same to the bit.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void growthAndTruncationLeaveNoTrace(boolean refines) {
    Random random = Seed.random("tail growth");
    int tokens = 300;
    int calibration = 20;
    for (int dim : DIMS) {
      ModelShape shape = ModelShape.of(1, 4, 2, dim);
      KvType type = random.nextBoolean() ? KvType.F16 : KvType.F32;
      LayerPlan plan =
          new Components(Backends.PROVIDERS)
              .policy(
                  "adamas-tail",
                  Map.of(
                      "dense-layers",
                      "0",
                      "budget",
                      "8",
                      "residual-keys",
                      Boolean.toString(refines),
                      "residual-tokens",
                      "100000"))
              .plan(0, shape);
      float[][][] keys = rows(Keys.OUTLIERS, random, tokens, dim);
      float[][][] values = rows(Keys.GAUSSIAN, random, tokens, dim);
      float[][][] otherKeys = rows(Keys.OUTLIERS, random, tokens, dim);
      float[][][] otherValues = rows(Keys.GAUSSIAN, random, tokens, dim);
      for (ComputeBackend backend : Backends.available()) {
        if (backend.probe(plan, shape) instanceof Support.Accepted support) {
          TestCache cache = new TestCache(shape, type, TestCache.Layout.USUAL, calibration);
          try (Kernel kernel = backend.compile(support, new TestWorkers(2))) {
            SelectionIndex grown = kernel.open(Arena.ofAuto());
            for (int token = 0; token < tokens; token++) {
              cache.append(keys, values, token, token + 1);
              kernel.append(cache, grown, token, token + 1);
            }
            assertLikeFresh(kernel, cache, grown, random);
            for (int cut : new int[] {299, 256, 200, 130, 128, 127, 60, 25, calibration - 1}) {
              cache.truncate(cut);
              kernel.truncate(cache, grown, cut);
              assertLikeFresh(kernel, cache, grown, random);
              int more = Math.min(tokens, cut + 1 + random.nextInt(90));
              cache.append(otherKeys, otherValues, cut, more);
              kernel.append(cache, grown, cut, more);
              assertLikeFresh(kernel, cache, grown, random);
              cache.truncate(cut);
              kernel.truncate(cache, grown, cut);
            }
          }
        }
      }
    }
  }

  private static float[][][] rows(Keys kind, Random random, int tokens, int dim) {
    float[][][] rows = new float[2][][];
    for (int head = 0; head < rows.length; head++) {
      rows[head] = kind.rows(random, tokens, dim);
    }
    return rows;
  }

  private static void assertLikeFresh(
      Kernel kernel, TestCache cache, SelectionIndex grown, Random random) {
    SelectionIndex fresh = kernel.open(Arena.ofAuto());
    kernel.append(cache, fresh, 0, cache.length());
    assertThat(grown.bytes()).isEqualTo(fresh.bytes());
    ModelShape shape = cache.shape();
    float[][][] queries = new float[1][shape.queryHeads()][];
    for (int head = 0; head < shape.queryHeads(); head++) {
      queries[0][head] = Keys.row(random, shape.headDim());
    }
    TestBatch batch = new TestBatch().add(cache, grown, queries).add(cache, fresh, queries);
    kernel.attend(batch, new RecordingProbe());
    for (int head = 0; head < shape.queryHeads(); head++) {
      assertThat(batch.output(0, 0, head))
          .as("%d tokens, dim %d, seed %d", cache.length(), shape.headDim(), Seed.value())
          .isEqualTo(batch.output(1, 0, head));
    }
  }
}
