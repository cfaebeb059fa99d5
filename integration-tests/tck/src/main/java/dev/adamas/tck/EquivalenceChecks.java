package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import dev.adamas.tck.lab.Step;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.random.RandomGenerator;

/** Ways to the same state, and neighbours, that must not change a result by a bit. */
final class EquivalenceChecks {

  private final BackendLab lab;

  EquivalenceChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "deterministic",
            "Gives the same bits when the same step is repeated, also by another kernel.",
            this::deterministic),
        new Check(
            "batch-invariance",
            "Gives a sequence the same bits alone and in a batch with others.",
            this::batch),
        new Check(
            "append-equivalence",
            "Gives the same bits whether an index was built at once, token by token, or truncated"
                + " and appended to again.",
            this::append),
        new Check(
            "swap-equivalence",
            "Gives the same bits from token p on, whether the plan was used before p or swapped in"
                + " at p, and still does after more than a hundred steps.",
            this::swap),
        new Check(
            "page-layout",
            "Gives the same selections, and outputs within the tolerance, wherever pages lie,"
                + " however large they are, and in every stride order.",
            this::layout));
  }

  static void same(Case c, String what, Observed actual, Observed expected) {
    actual
        .selectionDifference(expected)
        .or(() -> actual.bitDifference(expected))
        .ifPresent(
            difference -> {
              throw Expect.failure("%s, %s: %s; %s.", c, what, difference, Seed.hint());
            });
  }

  private void deterministic() throws Exception {
    RandomGenerator random = Seed.random("deterministic");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            float[] queries = BackendLab.queries(c, 2, random);
            KvMemory cache = lab.cache(c, 503);
            try (Sequence first = sequence(backend, c, cache);
                Sequence second = sequence(backend, c, cache)) {
              Observed once = first.follow().attend(queries);
              same(c, "the same step again", first.attend(queries), once);
              same(c, "the step by another kernel", second.follow().attend(queries), once);
            }
          }
        });
  }

  private static Sequence sequence(ComputeBackend backend, Case c, KvMemory cache) {
    return new Sequence(backend, c.accepted(), cache, new CheckWorkers(1));
  }

  private void batch() throws Exception {
    RandomGenerator random = Seed.random("batch");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            checkBatch(backend, c, random);
          }
        });
  }

  private void checkBatch(ComputeBackend backend, Case c, RandomGenerator random) {
    int[] lengths = {503, 5, 260, 701};
    int[] rows = {1, 2, 3, 1};
    try (Kernel kernel = backend.compile(c.accepted(), new CheckWorkers(2));
        Arena arena = Arena.ofShared()) {
      Sequence[] sequences = new Sequence[lengths.length];
      float[][] queries = new float[lengths.length][];
      Observed[] alone = new Observed[lengths.length];
      Step together = new Step(arena);
      for (int i = 0; i < lengths.length; i++) {
        KvMemory.Layout layout = KvMemory.Layout.ALL.get(i);
        KvMemory cache = lab.cache(c, KvData.Keys.OUTLIERS, KvType.F16, layout, lengths[i]);
        sequences[i] = new Sequence(kernel, cache).follow();
        queries[i] = BackendLab.queries(c, rows[i], random);
        alone[i] = sequences[i].attend(queries[i]);
        together.add(cache, sequences[i].index(), queries[i]);
      }
      Observed batch = together.run(kernel);
      for (int i = 0; i < lengths.length; i++) {
        checkSlot(c, batch, i, alone[i]);
      }
      for (Sequence sequence : sequences) {
        sequence.close();
      }
    }
  }

  private static void checkSlot(Case c, Observed batch, int slot, Observed alone) {
    alone
        .selections()
        .forEach(
            (place, expected) ->
                Expect.that(
                    java.util.Arrays.equals(
                        expected,
                        batch
                            .selections()
                            .get(new Observed.Place(slot, place.row(), place.queryHead()))),
                    "%s: slot %d of a batch selects other tokens than the same sequence alone; %s.",
                    c,
                    slot,
                    Seed.hint()));
    Expect.that(
        java.util.Arrays.equals(alone.output(0), batch.output(slot)),
        "%s: slot %d of a batch has another output than the same sequence alone; %s.",
        c,
        slot,
        Seed.hint());
  }

  private void append() throws Exception {
    RandomGenerator random = Seed.random("append");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            float[] queries = BackendLab.queries(c, 1, random);
            int length = 300 + random.nextInt(90);
            try (Sequence atOnce = sequence(backend, c, lab.cache(c, length));
                Sequence grown = sequence(backend, c, lab.cache(c, 0));
                Sequence cut = sequence(backend, c, lab.cache(c, 0))) {
              Observed expected = atOnce.follow().attend(queries);
              grown.grow(200, 61).grow(length, 1);
              same(c, "an index built token by token", grown.attend(queries), expected);
              cut.grow(length + 7, length + 7);
              cut.cache().truncate(length - 23);
              cut.follow().grow(length, 5);
              same(c, "an index truncated and appended to", cut.attend(queries), expected);
              cut.cache().truncate(130);
              cut.follow().grow(length, length);
              same(
                  c,
                  "an index truncated below its calibration length and built again",
                  cut.attend(queries),
                  expected);
            }
          }
        });
  }

  private void swap() throws Exception {
    RandomGenerator random = Seed.random("swap");
    lab.with(
        backend -> {
          int stepsBefore = 110;
          for (Case c : lab.few(backend)) {
            int swapAt = 230 + random.nextInt(60);
            int start = swapAt - stepsBefore;
            // One plan takes more than a hundred steps, the others fewer.
            stepsBefore = 20;
            try (Sequence always = sequence(backend, c, lab.cache(c, 0));
                Sequence swapped = sequence(backend, c, lab.cache(c, swapAt))) {
              always.grow(start, start);
              while (always.cache().length() < swapAt) {
                always.grow(always.cache().length() + 1, 1);
                always.attend(BackendLab.queries(c, 1, random));
              }
              swapped.follow();
              for (int step = 0; step < 40; step++) {
                float[] queries = BackendLab.queries(c, 1, random);
                always.grow(swapAt + step + 1, 1);
                swapped.grow(swapAt + step + 1, 1);
                same(
                    c,
                    "step %d after it was swapped in at token %d".formatted(step, swapAt),
                    swapped.attend(queries),
                    always.attend(queries));
              }
            }
          }
        });
  }

  private void layout() throws Exception {
    RandomGenerator random = Seed.random("layout");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            KvType type = List.of(KvType.values()).get(random.nextInt(3));
            float[] queries = BackendLab.queries(c, 1, random);
            KvMemory usual = lab.cache(c, KvData.Keys.OUTLIERS, type, KvMemory.Layout.USUAL, 519);
            Observed expected = step(backend, c, usual, queries);
            for (KvMemory.Layout layout : KvMemory.Layout.ALL) {
              KvMemory other = usual.copy(layout, Arena.ofAuto());
              Observed actual = step(backend, c, other, queries);
              actual
                  .selectionDifference(expected)
                  .or(() -> actual.outputDifference(expected, OracleChecks.tolerance(c)))
                  .ifPresent(
                      difference -> {
                        throw Expect.failure(
                            "%s, over %s instead of %s: %s; %s.",
                            c, other.describe(), usual.describe(), difference, Seed.hint());
                      });
            }
          }
        });
  }

  private static Observed step(ComputeBackend backend, Case c, KvMemory cache, float[] queries) {
    try (Sequence sequence = sequence(backend, c, cache)) {
      return sequence.follow().attend(queries);
    }
  }
}
