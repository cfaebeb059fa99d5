package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Selector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * {@code top-k@1}: the {@code budget} smallest scores, exactly; ties go to the lowest ordinal, -0
 * equals 0, NaN ranks last.
 *
 * <p>Scores are read as ordered 32-bit numbers. Three counting passes over 11, 11 and 10 bits find
 * the k-th smallest, a fourth emits what is smaller and the first of what is equal, which is in
 * ascending order by itself.
 */
record TopK(ComponentSpec spec) implements Selector {

  static final String ID = "top-k";

  private static final int BLOCK = 1024;

  TopK() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
    if (budget >= count) {
      for (int i = 0; i < count; i++) {
        selected.setAtIndex(Buffers.INT, i, i);
      }
      return count;
    }
    int[] counts = Buffers.counts();
    int prefix = 0;
    int rank = budget;
    rank = narrow(scores, count, counts, 32, 21, prefix, rank);
    prefix = counts[0] << 21;
    rank = narrow(scores, count, counts, 21, 10, prefix, rank);
    prefix |= counts[0] << 10;
    rank = narrow(scores, count, counts, 10, 0, prefix, rank);
    prefix |= counts[0];
    return emit(scores, count, prefix, rank, budget, selected);
  }

  /**
   * Finds the digit {@code [low, high)} of the k-th smallest key among the keys that equal {@code
   * prefix} above it, and leaves it in {@code counts[0]}.
   *
   * @param rank the wanted rank among these keys, from 1
   * @return the wanted rank among the keys that equal the prefix and the digit
   */
  private static int narrow(
      MemorySegment scores, int count, int[] counts, int high, int low, int prefix, int rank) {
    Arrays.fill(counts, 0);
    float[] block = Buffers.floats(BLOCK);
    int digits = (1 << (high - low)) - 1;
    for (int first = 0; first < count; first += BLOCK) {
      int n = Math.min(BLOCK, count - first);
      Buffers.read(scores, (long) first * Float.BYTES, block, n);
      for (int i = 0; i < n; i++) {
        int key = key(block[i]);
        if (high == 32 || (key ^ prefix) >>> high == 0) {
          counts[(key >>> low) & digits]++;
        }
      }
    }
    int digit = 0;
    while (rank > counts[digit]) {
      rank -= counts[digit++];
    }
    counts[0] = digit;
    return rank;
  }

  private static int emit(
      MemorySegment scores, int count, int last, int ties, int budget, MemorySegment selected) {
    float[] block = Buffers.floats(BLOCK);
    int written = 0;
    int left = ties;
    for (int first = 0; first < count && written < budget; first += BLOCK) {
      int n = Math.min(BLOCK, count - first);
      Buffers.read(scores, (long) first * Float.BYTES, block, n);
      for (int i = 0; i < n; i++) {
        int order = Integer.compareUnsigned(key(block[i]), last);
        if (order < 0 || (order == 0 && left-- > 0)) {
          selected.setAtIndex(Buffers.INT, written++, first + i);
        }
      }
    }
    return written;
  }

  /** A number whose unsigned order is the order of scores. */
  private static int key(float score) {
    if (Float.isNaN(score)) {
      return -1;
    }
    int raw = Float.floatToRawIntBits(score + 0.0f);
    return raw ^ ((raw >> 31) | Integer.MIN_VALUE);
  }
}
