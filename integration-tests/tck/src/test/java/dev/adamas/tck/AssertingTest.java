package dev.adamas.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The decorators let through what is right and name who is wrong. */
class AssertingTest {

  private static final ModelShape SHAPE = ModelShape.of(1, 4, 2, 64);
  private static final LayerPlan PLAN =
      Components.builtIn().policy("adamas-dot(budget=16,dense-layers=0)").plan(0, SHAPE);

  private static Sequence sequence(ComputeBackend backend, int tokens) {
    KvData data = KvData.random(Seed.of("asserting"), KvData.Keys.GAUSSIAN, 2, 400, 64);
    KvMemory cache = new KvMemory(SHAPE, KvType.F16, KvMemory.Layout.USUAL, data).grow(tokens);
    Support.Accepted accepted = (Support.Accepted) backend.probe(PLAN, SHAPE);
    return new Sequence(backend, accepted, cache, new CheckWorkers(2));
  }

  private static float[] query() {
    return KvData.query(Seed.random("asserting"), 4 * 64);
  }

  private static ComputeBackend watched(BiFunction<Support.Accepted, Kernel, Kernel> kernels) {
    return Asserting.backend(
        new BrokenBackend() {
          @Override
          Kernel broken(Support.Accepted accepted, Kernel kernel, KernelContext context) {
            return kernels.apply(accepted, kernel);
          }
        });
  }

  @Test
  void passesResultsOn() {
    List<Supplier<ComputeBackend>> makers =
        List.of(() -> Components.builtIn().backend("scalar"), Vector::backend);
    for (Supplier<ComputeBackend> maker : makers) {
      try (ComputeBackend plain = maker.get();
          ComputeBackend asserted = Asserting.backend(maker.get());
          Sequence expected = sequence(plain, 300);
          Sequence actual = sequence(asserted, 300)) {
        Observed wanted = expected.follow().attend(query());
        Observed got = actual.follow().attend(query());
        assertThat(got.selectionDifference(wanted)).isEmpty();
        assertThat(got.bitDifference(wanted)).isEmpty();
        actual.cache().truncate(280);
        actual.follow().attend(query());
        actual.grow(290, 1).attend(query());
      }
    }
  }

  private static void fails(BiFunction<Support.Accepted, Kernel, Kernel> kernels, String message) {
    try (ComputeBackend backend = watched(kernels);
        Sequence sequence = sequence(backend, 300)) {
      assertThatThrownBy(
              () -> {
                sequence.follow();
                sequence.attend(query());
                sequence.attend(query());
              })
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void namesAViewThatIsUsedAfterItsCall() {
    fails(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              private @Nullable KvView kept;

              @Override
              public void attend(Batch batch, StepProbe probe) {
                if (kept != null) {
                  kept.length();
                }
                kernel.attend(batch, probe);
                kept = batch.cache(0);
              }
            },
        "after attend, the call that it was passed to, had returned");
  }

  @Test
  void namesANumberThatIsNotWritten() {
    fails(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void attend(Batch batch, StepProbe probe) {
                probe.read(0, 0, 0, 0);
              }
            },
        "did not write number 0");
  }

  @Test
  void namesPositionsThatDoNotAscend() {
    fails(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(batch, StepProbe.NONE);
                int[] wrong = {5, 3};
                probe.selected(
                    0, 0, 0, java.lang.foreign.MemorySegment.ofArray(wrong), wrong.length);
              }
            },
        "selected position 3 after 5");
  }

  @Test
  void namesAnIndexThatDoesNotFollow() {
    fails(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void append(KvView cache, SelectionIndex index, int from, int to) {}
            },
        "after append up to token 300 the index has 0 tokens");
  }

  @Test
  void namesTwoThreadsInOneKernel() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (ComputeBackend backend =
            watched(
                (accepted, kernel) ->
                    new BrokenBackend.BrokenKernel(accepted, kernel) {
                      @Override
                      public void attend(Batch batch, StepProbe probe) {
                        inside.countDown();
                        try {
                          release.await();
                        } catch (InterruptedException _) {
                          Thread.currentThread().interrupt();
                        }
                        kernel.attend(batch, probe);
                      }
                    });
        Sequence sequence = sequence(backend, 300)) {
      sequence.follow();
      Thread first = new Thread(() -> sequence.attend(query()), "first");
      first.start();
      inside.await();
      assertThatThrownBy(() -> sequence.attend(query()))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("while thread first was in it");
      release.countDown();
      first.join();
    }
  }

  @Test
  void namesAHostThatUsesAClosedKernel() {
    try (ComputeBackend backend = Asserting.backend(Components.builtIn().backend("scalar"));
        Sequence sequence = sequence(backend, 300)) {
      sequence.follow();
      sequence.kernel().close();
      assertThatThrownBy(() -> sequence.attend(query()))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("after it closed it");
    }
  }

  @Test
  void namesAPolicyThatChangesItsMind() {
    AttentionPolicy policy =
        Asserting.policy(
            new PolicyMutationTest.Broken() {
              private int calls;

              @Override
              public LayerPlan plan(int layer, ModelShape shape) {
                return new LayerPlan.Window(4, ++calls);
              }
            });
    policy.plan(0, SHAPE);
    assertThatThrownBy(() -> policy.plan(0, SHAPE))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("gave layer 0 the plan");
  }
}
