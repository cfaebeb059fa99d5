package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each check of stages catches the stage that is broken where it looks, and no other does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StageMutationTest {

  private static final Transform HADAMARD = Components.builtIn().get(Transform.class, "hadamard");
  private static final Selector TOP_K = Components.builtIn().get(Selector.class, "top-k");

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
                Thread.yield();
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

  private static void selectorCaught(Selector mutant, String by, String... mayAlso) {
    Mutants.caught(SelectorChecks.of(() -> mutant), by, mayAlso);
  }

  @Test
  void selectorsThatPreferHighTies() {
    selectorCaught(new BrokenSelectors.HighTies(TOP_K), "ties-lowest-first");
  }

  @Test
  void selectorsThatPreferNan() {
    selectorCaught(new BrokenSelectors.NanFirst(TOP_K), "nan-last");
  }

  @Test
  void selectorsThatSpendMoreThanTheBudget() {
    selectorCaught(
        new BrokenSelectors.OneMore(TOP_K),
        "within-budget",
        "any-memory",
        "ascending",
        "deterministic",
        "forced-first",
        "leaves-no-thread",
        "nan-last",
        "parallel-use",
        "retains-nothing",
        "ties-lowest-first",
        "whole-output");
  }

  @Test
  void selectorsThatDoNotAscend() {
    selectorCaught(new BrokenSelectors.Unordered(TOP_K), "ascending", "ties-lowest-first");
  }

  @Test
  void selectorsThatLeaveForcedCodesOut() {
    selectorCaught(new BrokenSelectors.Unforced(TOP_K), "forced-first");
  }

  /** Numbers as they are, for subclasses to break in one place. */
  static class BrokenQuantizer implements Quantizer {
    final Quantizer base;

    BrokenQuantizer(String base) {
      this(Components.builtIn().get(Quantizer.class, base));
    }

    BrokenQuantizer(Quantizer base) {
      this.base = base;
    }

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("broken", 1);
    }

    @Override
    public int rowsPerCode() {
      return base.rowsPerCode();
    }

    @Override
    public int codeBytes(int dim) {
      return base.codeBytes(dim);
    }

    @Override
    public boolean needsCalibration() {
      return base.needsCalibration();
    }

    @Override
    public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
      return new BrokenQuantizer(base.calibrate(transform, rows, count, keyDim));
    }

    @Override
    public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
      base.encode(rows, count, dim, codes);
    }
  }

  private static void quantizerCaught(
      Supplier<? extends Quantizer> mutant, String by, String... mayAlso) {
    Mutants.caught(QuantizerChecks.of(mutant), by, mayAlso);
  }

  @Test
  void quantisersThatCalibrateOnTheFirstRow() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("bucket") {
              @Override
              public Quantizer calibrate(
                  Transform transform, MemorySegment rows, int count, int keyDim) {
                return super.calibrate(transform, rows, 1, keyDim);
              }
            },
        "calibration");
  }

  @Test
  void quantisersThatLookAtTheWholeBlock() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("rows") {
              @Override
              public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
                super.encode(rows, count, dim, codes);
                codes.set(JAVA_BYTE, 0, (byte) count);
              }
            },
        "pages-one-by-one");
  }

  @Test
  void quantisersWithOneCodeForAll() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("rows") {
              @Override
              public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
                codes.asSlice(0, (long) count * codeBytes(dim)).fill((byte) 1);
              }
            },
        "locality");
  }

  @Test
  void quantisersThatSayTheyDecode() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("rows") {
              @Override
              public boolean decodes() {
                return true;
              }

              @Override
              public void decode(MemorySegment codes, int count, int dim, MemorySegment rows) {
                rows.asSlice(0, 4L * count * dim).fill((byte) 0);
              }
            },
        "decodes");
  }

  @Test
  void quantisersThatDoNotSayWhichDimensionsTheyHave() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("rows") {
              @Override
              public int codeBytes(int dim) {
                if (dim == 40) {
                  throw new IllegalArgumentException("40?");
                }
                return super.codeBytes(dim);
              }
            },
        "dimensions");
  }

  /** Exact products, for subclasses to break in one place. */
  static class BrokenDistance implements Distance {
    private static final Distance BASE = Components.builtIn().get(Distance.class, "code-dot");

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("broken", 1);
    }

    @Override
    public Meaning meaning() {
      return Meaning.LOGIT;
    }

    @Override
    public Optional<String> incompatibility(Quantizer quantizer) {
      return BASE.incompatibility(quantizer);
    }

    @Override
    public int queryBytes(Quantizer quantizer, int dim) {
      return BASE.queryBytes(quantizer, dim);
    }

    @Override
    public void prepareQuery(
        Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
      BASE.prepareQuery(quantizer, query, dim, prepared);
    }

    @Override
    public void score(
        Quantizer quantizer,
        MemorySegment prepared,
        MemorySegment codes,
        int count,
        int dim,
        MemorySegment scores) {
      BASE.score(quantizer, prepared, codes, count, dim, scores);
    }

    @Override
    public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
      return BASE.step(quantizer, prepared, dim);
    }

    @Override
    public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
      return BASE.offset(quantizer, prepared, dim);
    }
  }

  private static void distanceCaught(
      Supplier<? extends Distance> mutant, String by, String... mayAlso) {
    Mutants.caught(DistanceChecks.of(mutant, List.of()), by, mayAlso);
  }

  @Test
  void distancesThatPreferTheFarthest() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public void score(
                  Quantizer quantizer,
                  MemorySegment prepared,
                  MemorySegment codes,
                  int count,
                  int dim,
                  MemorySegment scores) {
                super.score(quantizer, prepared, codes, count, dim, scores);
                scale(scores, 0, count, -1);
              }
            },
        "meaning");
  }

  @Test
  void distancesThatRankButHaveASteps() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public Meaning meaning() {
                return Meaning.RANK;
              }
            },
        "meaning");
  }

  @Test
  void distancesThatScoreBlocksDifferently() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public void score(
                  Quantizer quantizer,
                  MemorySegment prepared,
                  MemorySegment codes,
                  int count,
                  int dim,
                  MemorySegment scores) {
                super.score(quantizer, prepared, codes, count, dim, scores);
                scale(scores, 0, 1, count > 8 ? 1.001f : 1);
              }
            },
        "codes-one-by-one");
  }

  @Test
  void distancesThatDoNotSayWhatTheyRead() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public Optional<String> incompatibility(Quantizer quantizer) {
                return super.incompatibility(quantizer).map(_ -> "no");
              }
            },
        "says-what-it-reads");
  }
}
