package dev.adamas.it.definitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import dev.adamas.it.fixtures.TestWorkers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@code adamas-tail} computes on every backend of the class path that takes it, against the
 * formulas in double precision: selection exactly, output within rounding.
 */
class TailDefinitionTest {

  private static final int[] LENGTHS = {1, 3, 63, 64, 65, 127, 300, 4097};
  private static final int[] DIMS = {64, 96, 128};

  /** Parts of the policy that are on. */
  enum Parts {
    MEANS,
    CORRECTION,
    VALUES,
    WHOLE,
    SHARED,
    TOP_P,
    SHARED_TOP_P;

    Map<String, String> settings() {
      return switch (this) {
        case MEANS -> Map.of("correction", "false", "residual", "false");
        case CORRECTION -> Map.of("residual", "false");
        case VALUES, WHOLE -> Map.of();
        case SHARED -> Map.of("group", "shared");
        case TOP_P -> Map.of("budget", "top-p:0.6:200");
        case SHARED_TOP_P ->
            Map.of("group", "shared", "budget", "top-p:0.4:200", "correction", "false");
      };
    }

    /**
     * Without one scale for all keys under a budget of mass: equal weights that must add up to it.
     */
    Estimates[] estimates(boolean refines) {
      return Arrays.stream(Estimates.values())
          .filter(e -> !(refines && e == Estimates.EXACT))
          .filter(e -> !(settings().containsKey("budget") && e == Estimates.UNSCALED))
          .toArray(Estimates[]::new);
    }

    /** Whether keys are refined, which some parts run with and without. */
    boolean refines(Random random) {
      return switch (this) {
        case MEANS, CORRECTION, VALUES -> false;
        case WHOLE -> true;
        case SHARED, TOP_P, SHARED_TOP_P -> random.nextBoolean();
      };
    }
  }

  /** Estimates that the tail can be made of. */
  enum Estimates {
    INT4("asymmetric"),
    /** One scale for all keys, which is 0 where the calibrated keys are equal. */
    UNSCALED("asymmetric"),
    CODE_DOT("code-dot"),
    EXACT("inner-product");

    private final String distance;

    Estimates(String distance) {
      this.distance = distance;
    }

    Definition definition() {
      return switch (this) {
        case EXACT -> new OracleDefinition();
        case INT4 -> bucket(Scale.DEBIAS, Distance.INT4);
        case UNSCALED -> bucket(Scale.NONE, Distance.INT4);
        case CODE_DOT -> bucket(Scale.DEBIAS, Distance.CODE_DOT);
      };
    }

    private static Definition bucket(Scale scale, Distance distance) {
      return new BucketDefinition(true, BucketCodes.TWO_BITS, 0.15104, true, scale, distance);
    }
  }

  @ParameterizedTest
  @EnumSource
  void computesItsFormulas(Parts parts) {
    Random random = Seed.random("tail", parts.name());
    for (int tokens : LENGTHS) {
      int rounds = tokens > 1000 ? 1 : 6;
      for (int round = 0; round < rounds; round++) {
        run(parts, random, tokens);
      }
    }
  }

  private static void run(Parts parts, Random random, int tokens) {
    boolean large = tokens > 1000;
    int kvHeads = large ? 1 : 1 + random.nextInt(2);
    int group = 1 + random.nextInt(3);
    ModelShape shape =
        ModelShape.of(3, kvHeads * group, kvHeads, DIMS[random.nextInt(DIMS.length)]);
    KvType type = pick(random, KvType.values());
    Keys kind = pick(random, Keys.values());
    boolean refines = parts.refines(random);
    Estimates estimates = pick(random, parts.estimates(refines));
    int calibration = 1 + random.nextInt(tokens);
    if (estimates == Estimates.UNSCALED) {
      // Keys that differ or are zero: the scale of equal ones is what rounding makes of nothing.
      calibration = Math.min(tokens, Math.max(calibration, 2));
      kind = kind == Keys.TIES ? Keys.ZEROS : kind;
    }
    int page = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 64;
    int budget = 1 + random.nextInt(Math.min(tokens, 100));
    int secondTier = 1 + random.nextInt(Math.min(tokens, 300));
    int sinks = random.nextInt(1 + Math.min(3, budget - 1));
    int recent = random.nextInt(1 + Math.min(3, budget - 1 - sinks));
    Map<String, String> settings = new HashMap<>();
    settings.put("dense-layers", "0");
    settings.put("budget", Integer.toString(budget));
    settings.put("tail-page", Integer.toString(page));
    settings.put("residual-tokens", Integer.toString(secondTier));
    settings.put("distance", estimates.distance);
    if (estimates == Estimates.EXACT) {
      settings.put("transform", "identity");
      settings.put("quantizer", "rows");
    }
    if (estimates == Estimates.UNSCALED) {
      settings.put("quantizer", "bucket(center=true,scale=none)");
    }
    if (!refines) {
      settings.put("residual-keys", "false");
      settings.put("residual-quantizer", "bucket(scale=norm)");
    }
    settings.putAll(parts.settings());
    boolean topP = settings.get("budget").startsWith("top-p");
    double mass = topP ? Double.parseDouble(settings.get("budget").split(":", -1)[1]) : 1;
    if (topP) {
      budget = 200;
      sinks = 0;
      recent = 0;
    }
    settings.put("sinks", Integer.toString(sinks));
    settings.put("recent", Integer.toString(recent));
    boolean residual = !settings.getOrDefault("residual", "true").equals("false");
    TailDefinition.Step step =
        new TailDefinition.Step(
            budget,
            mass,
            sinks,
            recent,
            !settings.getOrDefault("correction", "true").equals("false"),
            residual ? secondTier : 0,
            refines);
    String where =
        "%s %s %d tokens, calibrated on %d, %s %s (seed %d)"
            .formatted(settings, shape, tokens, calibration, type, kind, Seed.value());
    boolean shared = settings.getOrDefault("group", "").equals("shared");
    boolean dense = !topP && budget >= tokens;
    float[][][] queries = new float[1][shape.queryHeads()][];
    TailCase tail;
    Optional<TailDefinition.Result[]> drawn;
    int draws = 0;
    do {
      assertThat(draws++).as("caches drawn, %s", where).isLessThan(50);
      tail =
          new TailCase(
              shape,
              type,
              kind,
              random,
              tokens,
              calibration,
              page,
              estimates.definition(),
              refines ? ValueDefinition.Codes.SIGNS : ValueDefinition.Codes.NORM);
      drawn = tail.draw(step, queries[0], shared, random);
    } while (drawn.isEmpty());
    TailDefinition.Result[] expected = drawn.get();
    LayerPlan plan =
        new Components(Backends.PROVIDERS).policy("adamas-tail", settings).plan(0, shape);
    int accepted = 0;
    for (ComputeBackend backend : Backends.available()) {
      if (!(backend.probe(plan, shape) instanceof Support.Accepted support)) {
        continue;
      }
      accepted++;
      RecordingProbe probe = new RecordingProbe();
      try (Arena arena = Arena.ofShared();
          Kernel kernel = backend.compile(support, new TestWorkers(1 + random.nextInt(2)))) {
        SelectionIndex index = kernel.open(arena);
        int half = random.nextInt(tokens + 1);
        kernel.append(tail.cache, index, 0, half);
        kernel.append(tail.cache, index, half, tokens);
        TestBatch batch = new TestBatch().add(tail.cache, index, queries);
        kernel.attend(batch, probe);
        for (int head = 0; head < shape.queryHeads(); head++) {
          TailDefinition.Result result = expected[head];
          String at = backend.spec() + " head " + head + ": " + where;
          if (dense) {
            assertThat(probe.selection(0, 0, head)).as(at).isEmpty();
          } else {
            assertThat(probe.selection(0, 0, head).orElseThrow()).as(at).isEqualTo(result.selected);
          }
          float[] output = batch.output(0, 0, head);
          for (int j = 0; j < output.length; j++) {
            assertThat((double) output[j])
                .as("coordinate %d, %s", j, at)
                .isCloseTo(result.output[j], within(result.slack));
          }
        }
      }
    }
    assertThat(accepted).as(where).isPositive();
  }

  private static <T> T pick(Random random, T[] choices) {
    return choices[random.nextInt(choices.length)];
  }
}
