package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KvType;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A backend beside the scalar one: the same selections bit for bit, outputs within a tolerance. */
final class OracleChecks {

  private final BackendLab lab;

  OracleChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "same-selection",
            "Selects the tokens that the scalar backend selects, bit for bit, over plans, number"
                + " formats, layouts and lengths.",
            this::sameSelection),
        new Check(
            "same-output",
            "Computes the outputs of the scalar backend within the tolerance.",
            this::sameOutput),
        new Check(
            "query-rows",
            "Treats several query rows as causal: a row sees the tokens up to its own.",
            this::queryRows));
  }

  /** Compares one step of a backend with the oracle's. */
  private interface Comparison {
    Optional<String> difference(Case c, Observed actual, Observed expected);
  }

  private void sameSelection() throws Exception {
    compare((c, actual, expected) -> actual.selectionDifference(expected), 1);
  }

  private void sameOutput() throws Exception {
    compare((c, actual, expected) -> actual.outputDifference(expected, tolerance(c)), 1);
  }

  static double tolerance(Case c) {
    boolean tail = c.sparse().map(s -> !(s.tail() instanceof Tail.None)).orElse(false);
    return tail ? BackendChecks.TAIL_TOLERANCE : BackendChecks.TOLERANCE;
  }

  /** Every plan at every length, with data, format and layout taken in turn. */
  private void compare(Comparison comparison, int rows) throws Exception {
    RandomGenerator random = Seed.random("compare", rows);
    lab.with(
        backend -> {
          try (ComputeBackend oracle = lab.oracle()) {
            int turn = random.nextInt(1000);
            for (Case c : lab.cases(backend)) {
              turn++;
              for (int length : lab.lengths()) {
                // Long contexts take long; a third of the plans meets them in a run.
                if (length >= rows && (length < 1000 || (rows == 1 && turn % 3 == 0))) {
                  compare(backend, oracle, c, length, rows, turn * 7 + length, random, comparison);
                }
              }
            }
          }
        });
  }

  private void compare(
      ComputeBackend backend,
      ComputeBackend oracle,
      Case c,
      int length,
      int rows,
      int turn,
      RandomGenerator random,
      Comparison comparison) {
    KvMemory cache =
        lab.cache(
            c,
            keys(turn),
            List.of(KvType.values()).get(turn % 3),
            KvMemory.Layout.ALL.get(turn % KvMemory.Layout.ALL.size()),
            length);
    float[] queries = BackendLab.queries(c, rows, random);
    Observed actual = step(backend, c.accepted(), cache, queries);
    if (!(oracle.probe(c.plan(), c.shape()) instanceof Support.Accepted reference)) {
      return;
    }
    Observed expected = step(oracle, reference, cache, queries);
    comparison
        .difference(c, actual, expected)
        .ifPresent(
            difference -> {
              throw Expect.failure(
                  "%s over %s (%s keys, %d rows): %s; %s.",
                  c, cache.describe(), keys(turn), rows, difference, Seed.hint());
            });
  }

  /** Every kind but equal ones, which have a check of their own. */
  private static KvData.Keys keys(int turn) {
    List<KvData.Keys> kinds = List.of(KvData.Keys.values());
    return kinds.get(turn % (kinds.size() - 1));
  }

  static Observed step(
      ComputeBackend backend, Support.Accepted accepted, KvMemory cache, float[] queries) {
    try (Sequence sequence = new Sequence(backend, accepted, cache, new CheckWorkers(1))) {
      return sequence.follow().attend(queries);
    }
  }

  private void queryRows() throws Exception {
    compare(
        (c, actual, expected) ->
            actual
                .selectionDifference(expected)
                .or(() -> actual.outputDifference(expected, tolerance(c))),
        3);
    RandomGenerator random = Seed.random("rows");
    lab.with(
        backend -> {
          for (Case c : lab.few(backend)) {
            checkCausal(backend, c, random);
          }
        });
  }

  /** What comes after a row's own token must not change it. */
  private void checkCausal(ComputeBackend backend, Case c, RandomGenerator random) {
    int length = 333;
    int rows = 4;
    KvData data = lab.data(c.shape(), KvData.Keys.GAUSSIAN, length);
    KvData other =
        KvData.random(random.nextLong(), KvData.Keys.OUTLIERS, c.shape().kvHeads(), rows, 1);
    float[] queries = BackendLab.queries(c, rows, random);
    KvMemory cache = new KvMemory(c.shape(), KvType.F32, KvMemory.Layout.USUAL, data).grow(length);
    KvData futureChanged = withOtherFuture(data, other, length - rows + 1, length);
    KvMemory changed =
        new KvMemory(c.shape(), KvType.F32, KvMemory.Layout.USUAL, futureChanged).grow(length);
    Observed before = step(backend, c.accepted(), cache, queries);
    Observed after = step(backend, c.accepted(), changed, queries);
    int perRow = c.shape().queryHeads() * c.shape().headDim();
    for (int i = 0; i < perRow; i++) {
      Expect.that(
          before.output(0)[i] == after.output(0)[i],
          "%s: output %d of the first of %d rows changed with the tokens after its own.",
          c,
          i,
          rows);
    }
  }

  private static KvData withOtherFuture(KvData data, KvData noise, int from, int to) {
    float[][][] keys = new float[data.keys().length][][];
    float[][][] values = new float[data.values().length][][];
    for (int head = 0; head < keys.length; head++) {
      keys[head] = data.keys()[head].clone();
      values[head] = data.values()[head].clone();
      for (int token = from; token < to; token++) {
        keys[head][token] = shifted(keys[head][token], noise.keys()[head][token - from][0]);
        values[head][token] = shifted(values[head][token], noise.values()[head][token - from][0]);
      }
    }
    return new KvData(keys, values);
  }

  private static float[] shifted(float[] row, float by) {
    float[] result = row.clone();
    for (int j = 0; j < result.length; j++) {
      result[j] += (j % 3 - 1) * by + 1;
    }
    return result;
  }
}
