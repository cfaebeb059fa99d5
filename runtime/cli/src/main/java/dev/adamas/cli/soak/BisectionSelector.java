package dev.adamas.cli.soak;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Selector;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Finds the limit below which {@code budget} scores lie by halving the range of floats: 32 passes,
 * no memory of its own.
 */
record BisectionSelector(ComponentSpec spec) implements Selector {

  private static final ValueLayout.OfFloat FLOAT =
      JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
    int wanted = Math.min(count, budget);
    // The smallest key that has at least as many keys up to it as are wanted.
    int low = Integer.MIN_VALUE;
    int high = Integer.MAX_VALUE;
    while (low < high) {
      int middle = (int) (((long) low + high) >> 1);
      if (upTo(scores, count, middle) >= wanted) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    int ties = wanted - (low == Integer.MIN_VALUE ? 0 : upTo(scores, count, low - 1));
    int at = 0;
    for (int i = 0; i < count; i++) {
      int key = key(scores, i);
      if (key < low || (key == low && ties-- > 0)) {
        selected.setAtIndex(INT, at++, i);
      }
    }
    return at;
  }

  private static int upTo(MemorySegment scores, int count, int limit) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      found += key(scores, i) <= limit ? 1 : 0;
    }
    return found;
  }

  /** Orders as the float does, NaN last and both zeros alike. */
  private static int key(MemorySegment scores, int index) {
    float score = scores.getAtIndex(FLOAT, index) + 0f;
    int bits = Float.floatToIntBits(score);
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }
}
