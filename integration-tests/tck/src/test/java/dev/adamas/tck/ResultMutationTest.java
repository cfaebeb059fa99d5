package dev.adamas.tck;

import static dev.adamas.tck.BackendMutants.afterStepCaught;
import static dev.adamas.tck.BackendMutants.kernelCaught;
import static dev.adamas.tck.BackendMutants.oracle;
import static dev.adamas.tck.BackendMutants.scale;

import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Backends whose results depend on what they must not are caught. */
class ResultMutationTest {

  @Test
  void outputsOffByOnePercent() {
    afterStepCaught(
        () ->
            batch -> {
              for (int slot = 0; slot < batch.size(); slot++) {
                scale(batch, slot, 1.01f);
              }
            },
        "same-output",
        oracle());
  }

  @Test
  void outputsThatDependOnTheNumberOfCalls() {
    afterStepCaught(
        () -> {
          AtomicInteger calls = new AtomicInteger();
          return batch -> scale(batch, 0, 1 + calls.getAndIncrement() * 1e-6f);
        },
        "deterministic",
        "append-equivalence",
        "batch-invariance",
        "parallel-use",
        "retains-nothing",
        "swap-equivalence");
  }

  @Test
  void outputsThatDependOnNeighbours() {
    afterStepCaught(
        () ->
            batch -> {
              if (batch.size() > 1) {
                scale(batch, batch.size() - 1, 1.000001f);
              }
            },
        "batch-invariance");
  }

  @Test
  void rowsThatSeeTheFuture() {
    afterStepCaught(
        () ->
            batch -> {
              for (int slot = 0; slot < batch.size(); slot++) {
                MemorySegment output = batch.output(slot);
                long row = output.byteSize() / batch.rows(slot);
                output.asSlice(0, row).copyFrom(output.asSlice(output.byteSize() - row));
              }
            },
        "query-rows");
  }

  @Test
  void truncationsThatAreNotFollowed() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              private boolean truncated;

              @Override
              public void truncate(KvView cache, SelectionIndex index, int length) {
                kernel.truncate(cache, index, length);
                truncated = length > 0;
              }

              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(batch, probe);
                scale(batch, 0, truncated ? 1.000001f : 1);
              }
            },
        "append-equivalence");
  }

  @Test
  void kernelsThatThrowAtStepHundred() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              private int steps;

              @Override
              public void attend(Batch batch, StepProbe probe) {
                if (++steps == 100) {
                  throw new IllegalStateException("Step 100.");
                }
                kernel.attend(batch, probe);
              }
            },
        "swap-equivalence");
  }

  @Test
  void pagesOfOddSizes() {
    afterStepCaught(
        () ->
            batch -> {
              for (int slot = 0; slot < batch.size(); slot++) {
                scale(batch, slot, batch.cache(slot).tokensPerPage() == 37 ? 0.9f : 1);
              }
            },
        "page-layout",
        "same-output",
        "query-rows");
  }
}
