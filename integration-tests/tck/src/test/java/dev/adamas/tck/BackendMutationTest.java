package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Selector;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.BackendLab;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.jspecify.annotations.Nullable;

/** Each check of backends catches the backend that is broken where it looks, and no other does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackendMutationTest {

  private static final BackendLab.Scale SMALL =
      new BackendLab.Scale(
          List.of(
              "full",
              "streaming-llm(budget=24,sinks=4,dense-layers=0)",
              "adamas(budget=7%:8:64,sinks=2,recent=3,dense-layers=0)",
              "adamas-dot(budget=33,group=shared,dense-layers=0)",
              "quest(budget=48,dense-layers=0)",
              "adamas-tail(budget=16,dense-layers=0)"),
          BackendLab.SHAPES.subList(0, 1),
          800);

  /** Checks that compare with the scalar backend: what is selected is their business too. */
  private static final String[] ORACLE = {
    "same-selection", "same-output", "query-rows", "rejects-with-reasons", "other-specs"
  };

  private final List<Thread> leaked = new java.util.concurrent.CopyOnWriteArrayList<>();

  @AfterAll
  void endLeakedThreads() {
    leaked.forEach(Thread::interrupt);
  }

  private static void caught(
      Supplier<? extends ComputeBackend> mutant, String by, String... mayAlso) {
    Mutants.caught(BackendChecks.of(mutant, List.of(), SMALL), by, mayAlso);
  }

  private static void plansCaught(
      Function<LayerPlan.Sparse, LayerPlan> change, String by, String... mayAlso) {
    UnaryOperator<LayerPlan> plans =
        plan -> plan instanceof LayerPlan.Sparse sparse ? change.apply(sparse) : plan;
    caught(() -> new BrokenBackend(plans), by, mayAlso);
  }

  private interface Maker {
    Kernel make(Support.Accepted accepted, Kernel kernel);
  }

  private static void kernelCaught(Maker maker, String by, String... mayAlso) {
    caught(
        () ->
            new BrokenBackend() {
              @Override
              Kernel broken(Support.Accepted accepted, Kernel kernel, KernelContext context) {
                return maker.make(accepted, kernel);
              }
            },
        by,
        mayAlso);
  }

  /** Changes outputs after each step. */
  private interface AfterStep {
    void change(Kernel.Batch batch);
  }

  private static void afterStepCaught(
      Supplier<AfterStep> changes, String by, String... mayAlso) {
    kernelCaught(
        (accepted, kernel) -> {
          AfterStep change = changes.get();
          return new BrokenBackend.BrokenKernel(accepted, kernel) {
            @Override
            public void attend(Batch batch, StepProbe probe) {
              kernel.attend(batch, probe);
              change.change(batch);
            }
          };
        },
        by,
        mayAlso);
  }

  private static void scale(Kernel.Batch batch, int slot, float factor) {
    MemorySegment output = batch.output(slot);
    for (long at = 0; at < output.byteSize(); at += Float.BYTES) {
      output.set(JAVA_FLOAT_UNALIGNED, at, output.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }

  private static LayerPlan.Sparse with(LayerPlan.Sparse plan, Budget budget, int sinks, int recent) {
    return new LayerPlan.Sparse(
        plan.pipeline(), budget, sinks, recent, plan.groupRule(), plan.screen(), plan.tail());
  }

  @Test
  void nothingIsWrongWithTheScalarBackendItself() {
    Mutants.allPass(BackendChecks.of(BrokenBackend::new, List.of(), SMALL));
  }

  @Test
  void tiesToTheHighestPosition() {
    plansCaught(
        plan -> {
          Pipeline p = plan.pipeline();
          Selector wrong = new BrokenSelectors.HighTies(p.selector());
          return new LayerPlan.Sparse(
              new Pipeline(p.transform(), p.quantizer(), p.distance(), wrong),
              plan.budget(),
              plan.sinks(),
              plan.recent(),
              plan.groupRule(),
              plan.screen(),
              plan.tail());
        },
        "ties-lowest-first",
        ORACLE);
  }

  @Test
  void oneTokenMoreThanTheBudget() {
    plansCaught(
        plan ->
            plan.budget() instanceof Budget.Tokens(int tokens)
                ? plan.withBudget(new Budget.Tokens(tokens + plan.pipeline().quantizer().rowsPerCode()))
                : plan,
        "budget",
        ORACLE);
  }

  @Test
  void forcedTokensLeftToChance() {
    plansCaught(plan -> with(plan, plan.budget(), 0, 0), "forced-tokens", ORACLE);
  }

  @Test
  void oneSelectionForAllHeads() {
    plansCaught(
        plan ->
            new LayerPlan.Sparse(
                plan.pipeline(),
                plan.budget(),
                plan.sinks(),
                plan.recent(),
                LayerPlan.GroupRule.SHARED,
                plan.screen(),
                plan.tail()),
        "group-rule",
        ORACLE);
  }

  @Test
  void otherPlansThanAskedFor() {
    plansCaught(
        plan ->
            plan.budget() instanceof Budget.Tokens(int tokens)
                ? plan.withBudget(new Budget.Tokens(tokens - plan.pipeline().quantizer().rowsPerCode()))
                : plan,
        "same-selection",
        ORACLE);
  }

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
        ORACLE);
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
        ORACLE[1],
        ORACLE[2],
        ORACLE[3],
        ORACLE[4],
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
                kernel.attend(
                    new OtherBatch(batch, (view, _) -> view, LateIndex::unwrap), probe);
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

  @Test
  void specsThatDiffer() {
    AtomicInteger made = new AtomicInteger();
    caught(
        () ->
            new BrokenBackend() {
              private final int number = made.incrementAndGet();

              @Override
              public ComponentSpec spec() {
                return ComponentSpec.of("broken", 1, Map.of("number", number + ""));
              }
            },
        "backend-spec");
  }

  @Test
  void compilesWhatItDidNotAccept() {
    caught(
        () ->
            new BrokenBackend() {
              @Override
              public Kernel compile(Support.Accepted accepted, KernelContext context) {
                return broken(accepted, inner(accepted, context), context);
              }
            },
        "probe-and-compile");
  }

  @Test
  void throwsInsteadOfRejecting() {
    caught(
        () ->
            new BrokenBackend() {
              @Override
              public Support probe(LayerPlan plan, ModelShape shape) {
                if (shape.headDim() % 64 != 0) {
                  throw new IllegalStateException("Head dimension.");
                }
                return super.probe(plan, shape);
              }
            },
        "rejects-with-reasons");
  }

  @Test
  void recognisesDistancesByTheirIdAlone() {
    plansCaught(
        plan -> {
          Pipeline p = plan.pipeline();
          return p.distance().spec().id().equals("manhattan")
              ? new LayerPlan.Sparse(
                  new Pipeline(
                      p.transform(),
                      p.quantizer(),
                      Components.builtIn().get(dev.adamas.api.Distance.class, "manhattan"),
                      p.selector()),
                  plan.budget(),
                  plan.sinks(),
                  plan.recent(),
                  plan.groupRule())
              : plan;
        },
        "other-specs");
  }

  @Test
  void resultsThatDependOnTheNumberOfWorkers() {
    caught(
        () ->
            new BrokenBackend() {
              @Override
              Kernel broken(Support.Accepted accepted, Kernel kernel, KernelContext context) {
                return new BrokenKernel(accepted, kernel) {
                  @Override
                  public void attend(Batch batch, StepProbe probe) {
                    kernel.attend(batch, probe);
                    scale(batch, 0, context.workers().threads() > 2 ? 1.000001f : 1);
                  }
                };
              }
            },
        "worker-counts");
  }

  /** Outputs pass through one buffer of the whole backend. */
  private static final class Racing extends BrokenBackend {
    private final float[] scratch = new float[1 << 16];

    @Override
    Kernel broken(Support.Accepted accepted, Kernel kernel, KernelContext context) {
      return new BrokenKernel(accepted, kernel) {
        @Override
        public void attend(Batch batch, StepProbe probe) {
          kernel.attend(batch, probe);
          MemorySegment output = batch.output(0);
          int count = (int) (output.byteSize() / Float.BYTES);
          MemorySegment.copy(output, JAVA_FLOAT_UNALIGNED, 0, scratch, 0, count);
          Thread.yield();
          MemorySegment.copy(scratch, 0, output, JAVA_FLOAT_UNALIGNED, 0, count);
        }
      };
    }
  }

  @Test
  void kernelsThatShareScratchMemory() {
    caught(Racing::new, "parallel-use");
  }

  @Test
  void leaksAThread() {
    caught(
        () ->
            new BrokenBackend() {
              {
                leaked.add(Sleeping.start());
              }
            },
        "leaves-no-thread");
  }
}
