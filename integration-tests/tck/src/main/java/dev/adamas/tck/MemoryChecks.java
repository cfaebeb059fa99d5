package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Collected;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import dev.adamas.tck.lab.Step;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What a backend does to the host's memory. */
final class MemoryChecks {

  private final BackendLab lab;

  MemoryChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "reads-only",
            "Never writes into the cache: pages may be read-only, and keep every byte.",
            this::readsOnly),
        new Check(
            "retains-nothing",
            "Keeps nothing of a call after it returns: the next call may bring other memory, and"
                + " the old one is free.",
            this::retainsNothing),
        new Check(
            "whole-output",
            "Writes every number of the output and nothing beside it, and leaves queries alone, in"
                + " native memory and in Java arrays.",
            this::wholeOutput),
        new Check(
            "reports-step",
            "Tells the probe what each row selected and what the step read, once per slot, and no"
                + " selection that nobody asked for.",
            this::reports));
  }

  private void readsOnly() throws Exception {
    RandomGenerator random = Seed.random("read-only");
    lab.with(
        backend -> {
          for (Case c : lab.few(backend)) {
            for (KvMemory.Layout layout :
                List.of(KvMemory.Layout.USUAL, KvMemory.Layout.ALL.get(5))) {
              KvData data = lab.data(c.shape(), KvData.Keys.GAUSSIAN, 320);
              KvMemory cache =
                  new KvMemory(c.shape(), KvType.F16, layout, data, Arena.ofAuto(), true);
              try (Sequence sequence =
                  new Sequence(backend, c.accepted(), cache, new CheckWorkers(2))) {
                drive(c, sequence, random);
              } catch (UnsupportedOperationException | IllegalArgumentException e) {
                throw new AssertionError(
                    "%s: it failed on a read-only cache: %s".formatted(c, e), e);
              }
            }
          }
        });
  }

  private static void drive(Case c, Sequence sequence, RandomGenerator random) {
    sequence.cache().grow(320);
    long before = sequence.cache().checksum();
    sequence.follow();
    sequence.attend(BackendLab.queries(c, 2, random));
    Expect.that(
        sequence.cache().checksum() == before,
        "%s: bytes of the cache changed during append or attend.",
        c);
    sequence.cache().truncate(290);
    before = sequence.cache().checksum();
    sequence.follow();
    Expect.that(
        sequence.cache().checksum() == before, "%s: bytes of the cache changed in truncate.", c);
  }

  private void retainsNothing() throws Exception {
    RandomGenerator random = Seed.random("retain");
    lab.with(
        backend -> {
          List<Collected> views = new ArrayList<>();
          for (Case c : lab.few(backend)) {
            views.addAll(checkRetention(backend, c, random));
          }
          for (Collected view : views) {
            Expect.that(
                view.isCollected(), "%s; it still holds the cache's view after that.", view.name());
          }
        });
  }

  /** Every call gets the cache in other memory, which is freed when the call returns. */
  private List<Collected> checkRetention(
      ComputeBackend backend, Case c, RandomGenerator random) {
    List<Collected> views = new ArrayList<>();
    int length = 330;
    float[] queries = BackendLab.queries(c, 2, random);
    Observed expected;
    try (Sequence sequence =
        new Sequence(backend, c.accepted(), lab.cache(c, length), new CheckWorkers(1))) {
      expected = sequence.follow().attend(queries);
    }
    try (Kernel kernel = backend.compile(c.accepted(), new CheckWorkers(1));
        Arena indexArena = Arena.ofShared()) {
      SelectionIndex index = kernel.open(indexArena);
      for (int from = 0; from < length; from += 110) {
        int start = from;
        views.add(
            inPassing(
                c, from + 110, "append", view -> kernel.append(view, index, start, start + 110)));
      }
      for (int i = 0; i < 2; i++) {
        Observed[] actual = new Observed[1];
        views.add(
            inPassing(
                c,
                length,
                "attend",
                view -> {
                  try (Arena memory = Arena.ofShared()) {
                    actual[0] = new Step(memory).add(view, index, queries).run(kernel);
                  }
                }));
        EquivalenceChecks.same(c, "with other memory at every call", actual[0], expected);
      }
    }
    return views;
  }

  private interface Call {
    void on(KvView view);
  }

  private Collected inPassing(Case c, int length, String name, Call call) {
    try (Arena arena = Arena.ofShared()) {
      KvMemory view =
          new KvMemory(
                  c.shape(),
                  KvType.F16,
                  KvMemory.Layout.USUAL,
                  lab.data(c.shape(), KvData.Keys.OUTLIERS, length),
                  arena,
                  false)
              .grow(length);
      try {
        call.on(view);
      } catch (IllegalStateException e) {
        throw new AssertionError(
            "%s: in %s it used memory of an earlier call, which was freed when that call returned: %s"
                .formatted(c, name, e.getMessage()),
            e);
      }
      return new Collected("%s: %s returned".formatted(c, name), view);
    }
  }

  private void wholeOutput() throws Exception {
    RandomGenerator random = Seed.random("output");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            try (Sequence sequence =
                    new Sequence(backend, c.accepted(), lab.cache(c, 301), new CheckWorkers(2));
                Arena arena = Arena.ofShared()) {
              sequence.follow();
              for (boolean heap : new boolean[] {false, true}) {
                Step step =
                    new Step(arena, heap)
                        .add(
                            sequence.cache(),
                            sequence.index(),
                            BackendLab.queries(c, heap ? 1 : 3, random));
                step.run(sequence.kernel());
                step.checkMemory("%s: ".formatted(c));
              }
            }
          }
        });
  }

  private void reports() throws Exception {
    RandomGenerator random = Seed.random("reports");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            for (int length : List.of(20, 401)) {
              try (Sequence sequence =
                      new Sequence(
                          backend, c.accepted(), lab.cache(c, length), new CheckWorkers(2));
                  Arena arena = Arena.ofShared()) {
                sequence.follow();
                float[] queries = BackendLab.queries(c, 2, random);
                for (boolean wanted : new boolean[] {true, false}) {
                  Step step = new Step(arena).add(sequence.cache(), sequence.index(), queries);
                  checkReport(c, step.run(sequence.kernel(), wanted), length, wanted);
                }
              }
            }
          }
        });
  }

  private static void checkReport(Case c, Observed step, int length, boolean wanted) {
    Expect.that(step.problems().isEmpty(), "%s: %s.", c, step.problems());
    Observed.Cost cost = step.costs().get(0);
    Expect.that(
        cost != null && step.costs().size() == 1,
        "%s: it must report what slot 0 read, once, and reported %s.",
        c,
        step.costs());
    if (cost == null || !wanted) {
      return;
    }
    long tokens = 0;
    for (int row = 0; row < 2; row++) {
      for (int head = 0; head < c.shape().queryHeads(); head++) {
        int[] selected = step.selections().get(new Observed.Place(0, row, head));
        tokens += selected == null ? length - 1 + row : selected.length;
      }
    }
    Expect.that(
        cost.visibleTokens() == tokens,
        "%s over %d tokens: it reported %d visible tokens, but its selections have %d.",
        c,
        length,
        cost.visibleTokens(),
        tokens);
    Expect.that(
        cost.kvBytes() > 0 && cost.indexBytes() >= 0,
        "%s: it reported %d bytes of keys and values, and %d of index.",
        c,
        cost.kvBytes(),
        cost.indexBytes());
  }
}
