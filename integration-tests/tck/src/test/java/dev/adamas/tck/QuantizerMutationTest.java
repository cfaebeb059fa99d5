package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.adamas.api.Buckets;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Each check of quantisers catches the quantiser that is broken where it looks. */
class QuantizerMutationTest {

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
      return needsCalibration()
          ? new BrokenQuantizer(base.calibrate(transform, rows, count, keyDim))
          : this;
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
  void quantisersWithOtherBucketsThanTheyState() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("bucket(scale=norm)") {
              @Override
              public Optional<Buckets> buckets() {
                return Components.builtIn().get(Quantizer.class, "bucket(scale=debias)").buckets();
              }
            },
        "buckets");
  }

  @Test
  void quantisersThatReadOtherKeysThanTheyAreGiven() {
    quantizerCaught(
        () ->
            new BrokenQuantizer("bucket(center=true,scale=norm)") {
              @Override
              public Quantizer calibrate(
                  Transform transform, KeyReader keys, int count, int keyDim) {
                return super.calibrate(transform, keys, 1, keyDim);
              }
            },
        "calibration");
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
}
