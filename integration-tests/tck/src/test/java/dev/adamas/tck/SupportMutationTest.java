package dev.adamas.tck;

import static dev.adamas.tck.BackendMutants.caught;
import static dev.adamas.tck.BackendMutants.plansCaught;
import static dev.adamas.tck.BackendMutants.scale;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Backends that say or share what they must not are caught. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SupportMutationTest {

  private final List<Thread> leaked = new java.util.concurrent.CopyOnWriteArrayList<>();

  @AfterAll
  void endLeakedThreads() {
    leaked.forEach(Thread::interrupt);
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
          LockSupport.parkNanos(1000);
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
