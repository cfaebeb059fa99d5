package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Times a kernel against the plain loop that it replaces. */
final class Calibration {

  private static final int KEYS = Scratch.TILE;
  private static final int DIM = 64;
  private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;

  /**
   * How long the kernel may go without becoming faster. Compiled, it wins within a fraction of a
   * second, but a busy machine compiles late and in steps; where there is nothing to wait for, this
   * is what a start costs.
   */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(15);

  private final NumberFormat format = NumberFormat.of(KvType.F16);
  private final MemorySegment keys;
  private final float[] query = new float[DIM];
  private final float[] widened = new float[KEYS * DIM];
  private final float[] scores = new float[KEYS];
  private final float[] products = new float[2 * Scores.PAIR];

  private Calibration(MemorySegment keys) {
    this.keys = keys;
    for (int i = 0; i < KEYS * DIM; i++) {
      keys.setAtIndex(HALF, i, Float.floatToFloat16((i % 17) / 16f));
    }
    for (int i = 0; i < DIM; i++) {
      query[i] = (i % 5) / 4f;
    }
  }

  static Optional<String> verdict() {
    if (Lanes.F.vectorBitSize() < 128) {
      return Optional.of(
          "This JVM offers vectors of "
              + Lanes.F.vectorBitSize()
              + " bits only; run it on a CPU with vectors of 128 bits or more.");
    }
    try (Arena arena = Arena.ofConfined()) {
      return new Calibration(arena.allocate(HALF, KEYS * DIM)).compare();
    }
  }

  private Optional<String> compare() {
    long vector = Long.MAX_VALUE;
    long plain = Long.MAX_VALUE;
    long improved = System.nanoTime();
    long end;
    do {
      long start = System.nanoTime();
      vector();
      long middle = System.nanoTime();
      plain();
      end = System.nanoTime();
      plain = Math.min(plain, end - middle);
      if (middle - start < vector) {
        improved = middle - start < vector - vector / 8 ? end : improved;
        vector = middle - start;
      }
      if (vector < plain) {
        return Optional.empty();
      }
    } while (end - improved < PATIENCE);
    return Optional.of(
        "On this JVM vector kernels are slower than plain code (%d against %d ns for %d keys); leave UseAVX, UseFMA and the C2 compiler at their defaults."
            .formatted(vector, plain, KEYS));
  }

  private void vector() {
    Widen.halves(keys, 0, KEYS * DIM, widened, 0, format.shift(), format.mask());
    Scores.of(1, widened, DIM, KEYS, query, 0, scores, 0, KEYS, products);
  }

  private void plain() {
    for (int key = 0; key < KEYS; key++) {
      float sum = 0;
      for (int i = 0; i < DIM; i++) {
        sum += Float.float16ToFloat(keys.getAtIndex(HALF, (long) key * DIM + i)) * query[i];
      }
      scores[key] = sum;
    }
  }
}
