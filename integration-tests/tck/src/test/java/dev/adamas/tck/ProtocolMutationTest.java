package dev.adamas.tck;

import static dev.adamas.tck.BackendMutants.afterStepCaught;
import static dev.adamas.tck.BackendMutants.caught;
import static dev.adamas.tck.BackendMutants.kernelCaught;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Backends that break the protocol of memory and indexes are caught. */
class ProtocolMutationTest {

  @Test
  void writesIntoTheCache() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void append(KvView cache, SelectionIndex index, int from, int to) {
                kernel.append(cache, index, from, to);
                if (cache.page(0) instanceof KvView.Page.Host page) {
                  page.keys().set(JAVA_BYTE, 0, page.keys().get(JAVA_BYTE, 0));
                }
              }
            },
        "reads-only");
  }

  @Test
  void readsAPageOfTheCallBefore() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              private MemorySegment kept = MemorySegment.ofArray(new byte[1]);

              @Override
              public void append(KvView cache, SelectionIndex index, int from, int to) {
                kept.get(JAVA_BYTE, 0);
                kernel.append(cache, index, from, to);
                if (cache.page(0) instanceof KvView.Page.Host page) {
                  kept = page.keys();
                }
              }
            },
        "retains-nothing");
  }

  @Test
  void keepsTheViewOfACall() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @SuppressWarnings("UnusedVariable") // it is kept, that is what is wrong
              private @Nullable KvView kept;

              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(batch, probe);
                kept = batch.cache(0);
              }
            },
        "retains-nothing");
  }

  @Test
  void leavesTheLastNumberOut() {
    afterStepCaught(
        () ->
            batch -> {
              for (int slot = 0; slot < batch.size(); slot++) {
                MemorySegment output = batch.output(slot);
                output.set(JAVA_FLOAT_UNALIGNED, output.byteSize() - 4, Float.NaN);
              }
            },
        "whole-output",
        "same-output",
        "query-rows",
        "rejects-with-reasons",
        "other-specs",
        "page-layout");
  }

  @Test
  void reportsCostsTwice() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(batch, probe);
                probe.read(0, 1, 1, 1);
              }
            },
        "reports-step",
        "budget");
  }

  @Test
  void ignoresGenerations() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(
                    new OtherBatch(
                        batch,
                        (view, index) -> new OtherGeneration(view, index.generation()),
                        index -> index),
                    probe);
              }
            },
        "stale-index");
  }

  @Test
  void usesIndexesOfClosedArenas() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public SelectionIndex open(Arena arena) {
                return kernel.open(Arena.ofAuto());
              }
            },
        "foreign-index");
  }

  private record LateIndex(SelectionIndex index) implements SelectionIndex {
    @Override
    public int length() {
      return index.length();
    }

    @Override
    public long generation() {
      return index.generation() + 1;
    }

    @Override
    public long bytes() {
      return index.bytes();
    }

    static SelectionIndex unwrap(SelectionIndex index) {
      return index instanceof LateIndex late ? late.index : index;
    }
  }

  @Test
  void indexesThatSayAnotherGeneration() {
    kernelCaught(
        (accepted, kernel) ->
            new BrokenBackend.BrokenKernel(accepted, kernel) {
              @Override
              public SelectionIndex open(Arena arena) {
                return new LateIndex(kernel.open(arena));
              }

              @Override
              public void append(KvView cache, SelectionIndex index, int from, int to) {
                kernel.append(cache, LateIndex.unwrap(index), from, to);
              }

              @Override
              public void truncate(KvView cache, SelectionIndex index, int length) {
                kernel.truncate(cache, LateIndex.unwrap(index), length);
              }

              @Override
              public void attend(Batch batch, StepProbe probe) {
                kernel.attend(new OtherBatch(batch, (view, _) -> view, LateIndex::unwrap), probe);
              }
            },
        "index-follows");
  }

  @Test
  void declaresHalfOfItsBytes() {
    caught(
        () ->
            new BrokenBackend() {
              @Override
              public Support probe(LayerPlan plan, ModelShape shape) {
                return super.probe(plan, shape) instanceof Support.Accepted a
                    ? new Support.Accepted(
                        a.plan(), a.shape(), a.fused(), a.indexBytesPerToken() / 2)
                    : super.probe(plan, shape);
              }
            },
        "index-bytes");
  }
}
