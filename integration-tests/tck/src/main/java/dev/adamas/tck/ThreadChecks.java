package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.OwnThreads;
import dev.adamas.tck.lab.Parallel;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import dev.adamas.tck.lab.Step;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.random.RandomGenerator;

/** Threads that the host lends, and threads that a backend must not keep. */
final class ThreadChecks {

  private static final int STEPS = 60;

  private final BackendLab lab;

  ThreadChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "worker-counts",
            "Gives the same bits on 1, 2, 3 and 4 workers, whichever worker does what.",
            this::workerCounts),
        new Check(
            "parallel-use",
            "Gives the same bits when several kernels and sequences of one backend run in parallel.",
            this::parallel),
        new Check(
            "leaves-no-thread", "Leaves no thread running after it was closed.", this::threads));
  }

  private void workerCounts() throws Exception {
    RandomGenerator random = Seed.random("workers");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            float[] one = BackendLab.queries(c, 1, random);
            float[] several = BackendLab.queries(c, 5, random);
            Observed expected = onWorkers(backend, c, 1, one, several);
            for (int workers = 2; workers <= 4; workers++) {
              EquivalenceChecks.same(
                  c,
                  "on %d workers instead of 1".formatted(workers),
                  onWorkers(backend, c, workers, one, several),
                  expected);
            }
          }
        });
  }

  private Observed onWorkers(
      ComputeBackend backend, Case c, int workers, float[] one, float[] several) {
    try (Kernel kernel = backend.compile(c.accepted(), new CheckWorkers(workers));
        Sequence first = new Sequence(kernel, lab.cache(c, 431));
        Sequence second = new Sequence(kernel, lab.cache(c, 290));
        Arena arena = Arena.ofShared()) {
      first.follow();
      second.follow();
      return new Step(arena)
          .add(first.cache(), first.index(), one)
          .add(second.cache(), second.index(), several)
          .run(kernel);
    }
  }

  private void parallel() throws Exception {
    lab.with(
        backend -> {
          List<Case> cases = lab.few(backend);
          CheckWorkers shared = new CheckWorkers(2);
          Parallel.run(
              6,
              number -> {
                // Kernels of one host share its workers, or each sequence has a thread of its own.
                CheckWorkers workers = number < 2 ? shared : new CheckWorkers(1);
                repeat(backend, cases.get(number / 2 % cases.size()), workers, number);
              });
        });
  }

  private void repeat(ComputeBackend backend, Case c, CheckWorkers workers, int number) {
    RandomGenerator random = Seed.random("parallel", number);
    float[] queries = BackendLab.queries(c, 1, random);
    int length = 280 + 10 * number;
    Observed expected;
    try (ComputeBackend quiet = lab.make();
        Sequence alone =
            new Sequence(quiet, c.accepted(), lab.cache(c, length), new CheckWorkers(1))) {
      expected = alone.follow().attend(queries);
    }
    for (int round = 0; round < 3; round++) {
      try (Sequence sequence = new Sequence(backend, c.accepted(), lab.cache(c, length), workers)) {
        sequence.follow();
        for (int step = 0; step < STEPS / 3; step++) {
          EquivalenceChecks.same(c, "while other kernels run", sequence.attend(queries), expected);
        }
      }
    }
  }

  private void threads() throws Exception {
    lab.with(
        available -> {
          List<Case> cases = lab.few(available);
          List<String> left =
              OwnThreads.leftBy(
                  () -> {
                    try (ComputeBackend backend = lab.make()) {
                      for (Case c : cases) {
                        try (Sequence sequence =
                            new Sequence(
                                backend, c.accepted(), lab.cache(c, 270), new CheckWorkers(2))) {
                          sequence
                              .follow()
                              .attend(BackendLab.queries(c, 1, Seed.random("threads")));
                        }
                      }
                    }
                  });
          Expect.that(left.isEmpty(), "After it was closed these threads still run: %s.", left);
        });
  }
}
