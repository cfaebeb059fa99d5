package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Tail;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.CountingArena;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import dev.adamas.tck.lab.Step;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.random.RandomGenerator;

/** The index of a sequence: what it refuses and what it costs. */
final class IndexChecks {

  private final BackendLab lab;

  IndexChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "stale-index",
            "Refuses an index whose length or generation is not the cache's, and tokens that leave"
                + " a gap, with IllegalStateException.",
            this::stale),
        new Check(
            "foreign-index",
            "Refuses an index of another kernel with IllegalArgumentException, and one whose arena"
                + " is closed with IllegalStateException.",
            this::foreign),
        new Check(
            "index-follows",
            "Gives an index the length and generation of the cache it was brought in line with.",
            this::follows),
        new Check(
            "index-bytes",
            "Needs no more bytes of index per token than its probe declared.",
            this::bytes));
  }

  private void stale() throws Exception {
    RandomGenerator random = Seed.random("stale");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            try (Sequence sequence = sequence(backend, c, 300);
                Arena arena = Arena.ofShared()) {
              sequence.follow();
              float[] queries = BackendLab.queries(c, 1, random);
              sequence.cache().grow(301);
              refuses(c, "attend, one token of the cache not appended,", sequence, queries, arena);
              refusesAppend(c, "append that leaves a gap", sequence, 301, 301);
              refusesAppend(c, "append of tokens that it has", sequence, 299, 301);
              sequence.follow();
              sequence.cache().renew();
              refuses(c, "attend after a truncation of the cache only", sequence, queries, arena);
              sequence.cache().grow(302);
              refusesAppend(c, "append after a truncation of the cache only", sequence, 301, 302);
              sequence.cache().truncate(290);
              refuses(c, "attend over a shorter cache", sequence, queries, arena);
              sequence.follow().attend(queries);
            }
          }
        });
  }

  private Sequence sequence(ComputeBackend backend, Case c, int length) {
    return new Sequence(backend, c.accepted(), lab.cache(c, length), new CheckWorkers(1));
  }

  private static void refuses(
      Case c, String what, Sequence sequence, float[] queries, Arena arena) {
    Expect.refuses(
        "%s: %s".formatted(c, what),
        IllegalStateException.class,
        () ->
            new Step(arena)
                .add(sequence.cache(), sequence.index(), queries)
                .blindly(sequence.kernel()));
  }

  private static void refusesAppend(Case c, String what, Sequence sequence, int from, int to) {
    Expect.refuses(
        "%s: %s".formatted(c, what),
        IllegalStateException.class,
        () -> sequence.kernel().append(sequence.cache(), sequence.index(), from, to));
  }

  private void foreign() throws Exception {
    RandomGenerator random = Seed.random("foreign");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            float[] queries = BackendLab.queries(c, 1, random);
            try (Sequence sequence = sequence(backend, c, 300);
                Arena arena = Arena.ofShared()) {
              sequence.follow();
              Expect.refuses(
                  "%s: attend with an index that no kernel opened".formatted(c),
                  IllegalArgumentException.class,
                  () ->
                      new Step(arena)
                          .add(sequence.cache(), new Unknown(sequence.index()), queries)
                          .blindly(sequence.kernel()));
              checkClosed(c, sequence, queries, arena);
            }
          }
        });
  }

  private static void checkClosed(Case c, Sequence sequence, float[] queries, Arena arena) {
    SelectionIndex closed;
    try (Arena indexArena = Arena.ofShared()) {
      closed = sequence.kernel().open(indexArena);
      sequence.kernel().append(sequence.cache(), closed, 0, sequence.cache().length());
    }
    Expect.refuses(
        "%s: attend with an index whose arena is closed".formatted(c),
        IllegalStateException.class,
        () -> new Step(arena).add(sequence.cache(), closed, queries).blindly(sequence.kernel()));
  }

  /** An index that no kernel knows. */
  private record Unknown(int length, long generation, long bytes) implements SelectionIndex {
    Unknown(SelectionIndex index) {
      this(index.length(), index.generation(), index.bytes());
    }
  }

  private void follows() throws Exception {
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            try (Sequence sequence = sequence(backend, c, 0)) {
              checkLength(c, sequence, "open");
              sequence.grow(270, 90);
              checkLength(c, sequence, "append");
              sequence.cache().truncate(201);
              sequence.follow();
              checkLength(c, sequence, "truncate");
              sequence.cache().truncate(0);
              sequence.follow();
              checkLength(c, sequence, "truncate to nothing");
            }
          }
        });
  }

  private static void checkLength(Case c, Sequence sequence, String after) {
    SelectionIndex index = sequence.index();
    KvMemory cache = sequence.cache();
    Expect.that(
        index.length() == cache.length()
            && (cache.length() == 0 || index.generation() == cache.generation()),
        "%s: after %s the index says length %d, generation %d; the cache has %d and %d.",
        c,
        after,
        index.length(),
        index.generation(),
        cache.length(),
        cache.generation());
  }

  private void bytes() throws Exception {
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            checkBytes(backend, c);
          }
        });
  }

  private void checkBytes(ComputeBackend backend, Case c) {
    int page = pageTokens(c);
    KvMemory cache = lab.cache(c, 0);
    try (Kernel kernel = backend.compile(c.accepted(), new CheckWorkers(1));
        CountingArena arena = new CountingArena()) {
      SelectionIndex index = kernel.open(arena);
      long allocatedBefore = 0;
      int half = 350;
      for (int length : List.of(half, 2 * half)) {
        cache.grow(length);
        kernel.append(cache, index, index.length(), length);
        double declared =
            c.accepted().indexBytesPerToken() * (length + page - 1 - (length + page - 1) % page);
        Expect.that(
            index.bytes() >= 0 && index.bytes() <= declared + 1e-6,
            "%s: its index of %d tokens has %d bytes; the probe declared %s per token, %s in all.",
            c,
            length,
            index.bytes(),
            c.accepted().indexBytesPerToken(),
            declared);
        if (length == half) {
          allocatedBefore = arena.allocated();
        }
      }
      // Room to grow is allowed: some blocks of codes, and twice of what is used.
      double room = (3 * half + 2048) * c.accepted().indexBytesPerToken() + 4096;
      Expect.that(
          arena.allocated() - allocatedBefore <= room,
          "%s: %d more tokens took %d bytes of its arena; the probe declared %s per token.",
          c,
          half,
          arena.allocated() - allocatedBefore,
          c.accepted().indexBytesPerToken());
    }
  }

  private static int pageTokens(Case c) {
    if (!(c.plan() instanceof LayerPlan.Sparse sparse)) {
      return 1;
    }
    int codes = sparse.pipeline().quantizer().rowsPerCode();
    return sparse.tail() instanceof Tail.PageMeans means
        ? Math.max(codes, means.pageTokens())
        : codes;
  }
}
