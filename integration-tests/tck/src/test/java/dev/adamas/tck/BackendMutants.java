package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.Budget;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.BackendLab;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Runs the checks of backends over one that is broken on purpose. */
final class BackendMutants {

  private BackendMutants() {}

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
          List.of(3, 80),
          List.of("adamas"),
          800);

  /** Checks that compare with the scalar backend: what is selected is their business too. */
  private static final String[] ORACLE = {
    "same-selection", "same-output", "query-rows", "rejects-with-reasons", "other-specs"
  };

  static void caught(Supplier<? extends ComputeBackend> mutant, String by, String... mayAlso) {
    Mutants.caught(BackendChecks.of(mutant, List.of(), SMALL), by, mayAlso);
  }

  static void plansCaught(
      Function<LayerPlan.Sparse, LayerPlan> change, String by, String... mayAlso) {
    UnaryOperator<LayerPlan> plans =
        plan -> plan instanceof LayerPlan.Sparse sparse ? change.apply(sparse) : plan;
    caught(() -> new BrokenBackend(plans), by, mayAlso);
  }

  interface Maker {
    Kernel make(Support.Accepted accepted, Kernel kernel);
  }

  static void kernelCaught(Maker maker, String by, String... mayAlso) {
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
  interface AfterStep {
    void change(Kernel.Batch batch);
  }

  static void afterStepCaught(Supplier<AfterStep> changes, String by, String... mayAlso) {
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

  static void scale(Kernel.Batch batch, int slot, float factor) {
    MemorySegment output = batch.output(slot);
    for (long at = 0; at < output.byteSize(); at += Float.BYTES) {
      output.set(JAVA_FLOAT_UNALIGNED, at, output.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }

  static LayerPlan.Sparse with(LayerPlan.Sparse plan, Budget budget, int sinks, int recent) {
    return new LayerPlan.Sparse(
        plan.pipeline(), budget, sinks, recent, plan.groupRule(), plan.screen(), plan.tail());
  }

  /** A fresh copy of the names of the checks that compare with the scalar backend. */
  static String[] oracle() {
    return ORACLE.clone();
  }

  static List<Check> checks(Supplier<? extends ComputeBackend> backend) {
    return BackendChecks.of(backend, List.of(), SMALL);
  }
}
