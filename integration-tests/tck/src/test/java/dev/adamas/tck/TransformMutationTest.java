package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each check of stages catches the transform that is broken where it looks, and no other does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransformMutationTest {

  private static final Transform HADAMARD = Components.builtIn().get(Transform.class, "hadamard");

  private final List<Thread> leaked = new CopyOnWriteArrayList<>();

  @AfterAll
  void endLeakedThreads() {
    leaked.forEach(Thread::interrupt);
  }

  /** The Hadamard transform, for subclasses to break in one place. */
  static class BrokenTransform implements Transform {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("broken", 1);
    }

    @Override
    public int outputDim(int dim) {
      return HADAMARD.outputDim(dim);
    }

    @Override
    public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
      HADAMARD.apply(source, rows, dim, target);
    }

    @Override
    public boolean invertible() {
      return true;
    }

    @Override
    public void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
      HADAMARD.invert(source, rows, dim, target);
    }
  }

  private static void scale(MemorySegment segment, long from, int count, float factor) {
    for (long at = 4 * from; at < 4 * (from + count); at += 4) {
      segment.set(JAVA_FLOAT_UNALIGNED, at, segment.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }

  private static void transformCaught(
      Supplier<? extends Transform> mutant, String by, String... mayAlso) {
    Mutants.caught(TransformChecks.of(mutant), by, mayAlso);
  }

  @Test
  void transformsThatStretch() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                scale(target, 0, rows * outputDim(dim), 2);
              }

              @Override
              public void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.invert(source, rows, dim, target);
                scale(target, 0, rows * dim, 0.5f);
              }
            },
        "keeps-products");
  }

  @Test
  void transformsWithAnotherInverse() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.invert(source, rows, dim, target);
                scale(target, 0, rows * dim, 1.1f);
              }
            },
        "inverts");
  }

  @Test
  void transformsOfWholeBlocks() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                scale(target, 0, outputDim(dim), rows > 2 ? 1.000001f : 1);
              }
            },
        "rows-one-by-one");
  }

  @Test
  void transformsThatDropCoordinates() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public int outputDim(int dim) {
                if (dim == 40) {
                  throw new IllegalArgumentException("40?");
                }
                return super.outputDim(dim);
              }
            },
        "dimensions");
  }

  @Test
  void stagesThatKeepTheirInput() {
    transformCaught(
        () ->
            new BrokenTransform() {
              private MemorySegment kept = MemorySegment.ofArray(new byte[1]);

              @Override
              public synchronized void apply(
                  MemorySegment source, int rows, int dim, MemorySegment target) {
                if (kept.isAccessibleBy(Thread.currentThread())) {
                  kept.get(JAVA_BYTE, 0);
                }
                super.apply(source, rows, dim, target);
                kept = source.isNative() ? source : kept;
              }
            },
        "retains-nothing",
        "any-memory",
        "whole-output");
  }

  @Test
  void stagesThatWriteBesideTheirOutput() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                long end = 4L * rows * outputDim(dim);
                if (target.byteSize() > end) {
                  target.set(JAVA_BYTE, end, (byte) 1);
                }
              }
            },
        "whole-output");
  }

  @Test
  void stagesThatWriteIntoTheirInput() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                source.set(JAVA_BYTE, 0, source.get(JAVA_BYTE, 0));
              }
            },
        "whole-output");
  }

  @Test
  void stagesThatAssumeAlignment() {
    transformCaught(
        () ->
            new BrokenTransform() {
              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                if (source.isNative()) {
                  source.get(JAVA_FLOAT, 0);
                }
                super.apply(source, rows, dim, target);
              }
            },
        "any-memory");
  }

  @Test
  void stagesThatRemember() {
    transformCaught(
        () ->
            new BrokenTransform() {
              private int calls;

              @Override
              public synchronized void apply(
                  MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                scale(target, 0, 1, 1 + ++calls * 1e-6f);
              }
            },
        "deterministic",
        "any-memory",
        "whole-output",
        "retains-nothing",
        "parallel-use",
        "rows-one-by-one",
        "keeps-products");
  }

  @Test
  void stagesThatRace() {
    transformCaught(
        () ->
            new BrokenTransform() {
              private final float[] scratch = new float[1 << 16];

              @Override
              public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
                super.apply(source, rows, dim, target);
                int count = rows * outputDim(dim);
                MemorySegment.copy(target, JAVA_FLOAT_UNALIGNED, 0, scratch, 0, count);
                LockSupport.parkNanos(1000);
                MemorySegment.copy(scratch, 0, target, JAVA_FLOAT_UNALIGNED, 0, count);
              }
            },
        "parallel-use");
  }

  @Test
  void stagesWhoseSpecsDiffer() {
    AtomicInteger made = new AtomicInteger();
    transformCaught(
        () ->
            new BrokenTransform() {
              private final int number = made.incrementAndGet();

              @Override
              public ComponentSpec spec() {
                return ComponentSpec.of("broken", 1, Map.of("number", number + ""));
              }
            },
        "same-settings-same-spec");
  }

  @Test
  void stagesThatLeakAThread() {
    transformCaught(
        () ->
            new BrokenTransform() {
              {
                leaked.add(Sleeping.start());
              }
            },
        "leaves-no-thread");
  }
}
