package dev.adamas.it.definitions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Support;
import dev.adamas.it.definitions.BucketDefinition.Distance;
import dev.adamas.it.definitions.BucketDefinition.Scale;
import dev.adamas.it.fixtures.Components;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.RecordingProbe;
import dev.adamas.it.fixtures.Seed;
import dev.adamas.it.fixtures.TestBatch;
import dev.adamas.it.fixtures.TestCache;
import dev.adamas.it.fixtures.TestWorkers;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every policy on every backend of the class path selects what its definition says, computed here
 * in double precision without the stages: exactly for integer scores, within rounding of the last
 * selected score otherwise; and all backends select the same. What they attend to is then attended
 * to exactly.
 */
class PolicyDefinitionTest {

  /** A policy, the settings that matter for its scores, and its definition. */
  record Policy(String id, Map<String, String> settings, Definition definition) {
    @Override
    public String toString() {
      return id + settings;
    }
  }

  static Stream<Policy> policies() {
    BucketCodes sigma = BucketCodes.TWO_BITS;
    BucketCodes eight =
        new BucketCodes(
            new double[] {-1.748, -1.050, -0.5006, 0, 0.5006, 1.050, 1.748},
            true,
            new int[] {-18, -11, -6, -2, 2, 6, 11, 18});
    List<Policy> policies = new ArrayList<>();
    policies.add(new Policy("oracle", Map.of(), new OracleDefinition()));
    policies.add(new Policy("quest", Map.of(), new PageDefinition(16)));
    policies.add(
        new Policy("quest", Map.of("quantizer", "page-min-max(page=5)"), new PageDefinition(5)));
    policies.add(bucket("adamas", Map.of(), sigma, 0.15104, Distance.MANHATTAN));
    policies.add(bucket("adamas-dot", Map.of(), sigma, 0.15104, Distance.CODE_DOT));
    policies.add(
        bucket(
            "adamas",
            Map.of("quantizer", "bucket(thresholds=quartile)"),
            new BucketCodes(new double[] {-0.6745, 0, 0.6745}, true, sigma.levels()),
            0.15104,
            Distance.MANHATTAN));
    policies.add(
        bucket(
            "adamas-dot",
            Map.of("quantizer", "bucket(levels=odd)"),
            new BucketCodes(sigma.cuts(), true, new int[] {-3, -1, 1, 3}),
            1.5104 / 3,
            Distance.CODE_DOT));
    for (Distance distance : Distance.values()) {
      Map<String, String> stage = Map.of("distance", reference(distance));
      policies.add(
          bucket("adamas", with(stage, "bucket(bits=1)"), BucketCodes.SIGNS, 0.798, distance));
      policies.add(bucket("adamas", with(stage, "bucket(bits=3)"), eight, 0.12, distance));
      policies.add(
          new Policy(
              "adamas",
              with(stage, "bucket(bits=2,thresholds=fixed,t=-1.5:0.25:2)", "transform", "identity"),
              new BucketDefinition(
                  false,
                  new BucketCodes(new double[] {-1.5, 0.25, 2}, false, sigma.levels()),
                  0.15104,
                  false,
                  Scale.NONE,
                  distance)));
      policies.add(
          new Policy(
              "adamas-dot",
              with(stage, "bucket(center=true,scale=norm)"),
              new BucketDefinition(true, sigma, 0.15104, true, Scale.NORM, distance)));
      policies.add(
          new Policy(
              "adamas-dot",
              with(stage, "bucket(center=true,scale=debias)"),
              new BucketDefinition(true, sigma, 0.15104, true, Scale.DEBIAS, distance)));
    }
    policies.add(
        new Policy(
            "adamas-dot",
            Map.of("quantizer", "bucket(bits=3,levels=odd,center=true)"),
            new BucketDefinition(
                true,
                new BucketCodes(eight.cuts(), true, new int[] {-7, -5, -3, -1, 1, 3, 5, 7}),
                2.152 / 7,
                true,
                Scale.NONE,
                Distance.CODE_DOT)));
    return policies.stream();
  }

  private static Policy bucket(
      String id,
      Map<String, String> settings,
      BucketCodes buckets,
      double unit,
      Distance distance) {
    return new Policy(
        id, settings, new BucketDefinition(true, buckets, unit, false, Scale.NONE, distance));
  }

  private static String reference(Distance distance) {
    return switch (distance) {
      case MANHATTAN -> "manhattan@1";
      case L2 -> "l2@1";
      case CODE_DOT -> "code-dot@1";
      case INT4 -> "asymmetric@1(query=int4)";
      case INT8 -> "asymmetric@1(query=int8)";
      case FLOAT -> "asymmetric@1(query=float)";
    };
  }

  private static Map<String, String> with(
      Map<String, String> settings, String quantizer, String... more) {
    Map<String, String> all = new java.util.HashMap<>(settings);
    all.put("quantizer", quantizer);
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return Map.copyOf(all);
  }

  @ParameterizedTest
  @MethodSource("policies")
  void selectsWhatItsDefinitionSays(Policy policy) {
    Random random = Seed.random(policy.toString());
    int[] dims = {64, 96, 128, 256};
    int[] lengths = {1, 3, 40, 127, 127, 300, 4097};
    for (int round = 0; round < 8; round++) {
      int dim = dims[random.nextInt(dims.length)];
      int tokens = lengths[random.nextInt(dim > 128 ? 6 : 7)];
      int kvHeads = 1 + random.nextInt(2);
      int group = 1 + random.nextInt(4);
      run(policy, random, ModelShape.of(3, kvHeads * group, kvHeads, dim), tokens);
    }
  }

  private void run(Policy policy, Random random, ModelShape shape, int tokens) {
    Definition definition = policy.definition;
    KvType type = pick(random, KvType.values());
    Keys kind = pick(random, Keys.values());
    int calibration = 1 + random.nextInt(tokens + tokens / 4 + 1);
    int budget = Math.max(3 * definition.rowsPerCode(), 1 + random.nextInt(tokens + 1));
    boolean pages = definition.rowsPerCode() > 1;
    boolean shared = !pages && !(definition instanceof OracleDefinition) && random.nextBoolean();
    int sinks = pages ? 0 : random.nextInt(Math.min(4, budget));
    int recent = pages ? 1 : random.nextInt(Math.min(4, budget - sinks));
    Map<String, String> settings = new java.util.HashMap<>(policy.settings);
    settings.put("budget", Integer.toString(budget));
    settings.put("dense-layers", "1");
    if (definition instanceof BucketDefinition) {
      settings.put("sinks", Integer.toString(sinks));
      settings.put("recent", Integer.toString(recent));
      settings.put("group", shared ? "shared" : "per-query-head");
    } else if (!pages) {
      sinks = 0;
      recent = 0;
    }
    String description =
        "%s %s %d tokens, calibrated on %d, budget %d+%d+%d, %s %s (seed %d)"
            .formatted(
                settings,
                shape,
                tokens,
                calibration,
                budget,
                sinks,
                recent,
                type,
                kind,
                Seed.value());

    TestCache cache = new TestCache(shape, type, layout(random), calibration);
    float[][][] keys = new float[shape.kvHeads()][][];
    float[][][] values = new float[shape.kvHeads()][][];
    for (int head = 0; head < shape.kvHeads(); head++) {
      keys[head] = kind.rows(random, tokens, shape.headDim());
      values[head] = Keys.GAUSSIAN.rows(random, tokens, shape.headDim());
    }
    cache.append(keys, values, 0, tokens);

    boolean dense = budget >= tokens || (definition.needsCalibration() && tokens < calibration);
    float[][][] queries = new float[1][shape.queryHeads()][];
    Scores[] scores = new Scores[shape.queryHeads()];
    double[] steps = new double[shape.queryHeads()];
    for (int kvHead = 0; kvHead < shape.kvHeads(); kvHead++) {
      Definition.Head head = definition.head(stored(cache, kvHead), Math.min(calibration, tokens));
      for (int g = 0; g < shape.groupSize(); g++) {
        int queryHead = kvHead * shape.groupSize() + g;
        do {
          queries[0][queryHead] = Keys.row(random, shape.headDim());
          scores[queryHead] = head.scores(doubles(queries[0][queryHead])).orElse(new Scores(0));
        } while (scores[queryHead].count() == 0);
        steps[queryHead] = head.step(doubles(queries[0][queryHead]));
      }
    }

    AttentionPolicy attentionPolicy =
        new Components(Backends.PROVIDERS).policy(policy.id, settings);
    assertThat(attentionPolicy.plan(0, shape)).isEqualTo(new LayerPlan.Dense());
    LayerPlan plan = attentionPolicy.plan(1, shape);
    List<int[]> first = new ArrayList<>();
    for (ComputeBackend backend : Backends.available()) {
      if (!(backend.probe(plan, shape) instanceof Support.Accepted accepted)) {
        continue;
      }
      String where = backend.spec() + ": " + description;
      RecordingProbe probe = new RecordingProbe();
      try (Arena arena = Arena.ofShared();
          Kernel kernel = backend.compile(accepted, new TestWorkers(1 + random.nextInt(2)))) {
        SelectionIndex index = kernel.open(arena);
        int half = random.nextInt(tokens + 1);
        kernel.append(cache, index, 0, half);
        kernel.append(cache, index, half, tokens);
        TestBatch batch = new TestBatch().add(cache, index, queries);
        kernel.attend(batch, probe);
        for (int queryHead = 0; queryHead < shape.queryHeads(); queryHead++) {
          int kvHead = queryHead / shape.groupSize();
          int[] selected = probe.selection(0, 0, queryHead).orElse(new int[0]);
          if (dense) {
            assertThat(selected).as(where).isEmpty();
            selected = all(tokens);
          } else {
            Scores expected = scores[queryHead];
            if (shared) {
              int from = kvHead * shape.groupSize();
              expected =
                  Scores.shared(
                      Arrays.copyOfRange(scores, from, from + shape.groupSize()),
                      Arrays.copyOfRange(steps, from, from + shape.groupSize()),
                      steps[from] == 1);
            }
            SelectionCheck.check(
                where, selected, expected, definition.rowsPerCode(), tokens, budget, sinks, recent);
          }
          if (first.size() <= queryHead) {
            first.add(selected);
          }
          assertThat(selected).as(where).isEqualTo(first.get(queryHead));
          SelectionCheck.checkOutput(
              where, batch.output(0, 0, queryHead), queries[0][queryHead], cache, kvHead, selected);
        }
      }
    }
  }

  private static TestCache.Layout layout(Random random) {
    int[] pageTokens = {1, 7, 64, 256};
    return new TestCache.Layout(
        pageTokens[random.nextInt(4)],
        random.nextBoolean(),
        random.nextBoolean() ? 0 : 6,
        random.nextBoolean());
  }

  private static <T> T pick(Random random, T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static double[][] stored(TestCache cache, int kvHead) {
    double[][] rows = new double[cache.length()][];
    for (int token = 0; token < rows.length; token++) {
      rows[token] = doubles(cache.key(token, kvHead));
    }
    return rows;
  }

  private static double[] doubles(float[] row) {
    double[] copy = new double[row.length];
    for (int j = 0; j < row.length; j++) {
      copy[j] = row[j];
    }
    return copy;
  }

  private static int[] all(int tokens) {
    int[] all = new int[tokens];
    Arrays.setAll(all, i -> i);
    return all;
  }
}
