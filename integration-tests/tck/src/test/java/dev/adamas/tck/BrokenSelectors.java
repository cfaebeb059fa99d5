package dev.adamas.tck;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Selector;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Selectors that are wrong in one place each. */
final class BrokenSelectors {

  private BrokenSelectors() {}

  private static float[] scores(MemorySegment scores, int count) {
    return scores.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  private static int write(int[] ordinals, int count, MemorySegment selected) {
    for (int i = 0; i < count; i++) {
      selected.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, ordinals[i]);
    }
    return count;
  }

  private static int[] select(
      Selector base, float[] scores, int budget) {
    int[] ordinals = new int[Math.min(budget, scores.length)];
    int count =
        base.select(
            MemorySegment.ofArray(scores), scores.length, budget, MemorySegment.ofArray(ordinals));
    return Arrays.copyOf(ordinals, count);
  }

  /** Ties go to the highest ordinal. */
  record HighTies(Selector base) implements Selector {
    @Override
    public ComponentSpec spec() {
      return base.spec();
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      float[] given = scores(scores, count);
      float[] reversed = new float[count];
      for (int i = 0; i < count; i++) {
        reversed[i] = given[count - 1 - i];
      }
      int[] ordinals = BrokenSelectors.select(base, reversed, budget);
      int[] ascending = new int[ordinals.length];
      for (int i = 0; i < ordinals.length; i++) {
        ascending[i] = count - 1 - ordinals[ordinals.length - 1 - i];
      }
      return write(ascending, ascending.length, selected);
    }
  }

  /** NaN counts as the best score. */
  record NanFirst(Selector base) implements Selector {
    @Override
    public ComponentSpec spec() {
      return base.spec();
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      float[] given = scores(scores, count);
      for (int i = 0; i < count; i++) {
        given[i] = Float.isNaN(given[i]) ? Float.NEGATIVE_INFINITY : given[i];
      }
      int[] ordinals = BrokenSelectors.select(base, given, budget);
      return write(ordinals, ordinals.length, selected);
    }
  }

  /** One more than the budget, where there is one more. */
  record OneMore(Selector base) implements Selector {
    @Override
    public ComponentSpec spec() {
      return base.spec();
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      int[] ordinals = BrokenSelectors.select(base, scores(scores, count), budget + 1);
      return write(ordinals, ordinals.length, selected);
    }
  }

  /** The last two change places. */
  record Unordered(Selector base) implements Selector {
    @Override
    public ComponentSpec spec() {
      return base.spec();
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      int[] ordinals = BrokenSelectors.select(base, scores(scores, count), budget);
      int last = ordinals.length - 1;
      if (last > 0) {
        int swapped = ordinals[last];
        ordinals[last] = ordinals[last - 1];
        ordinals[last - 1] = swapped;
      }
      return write(ordinals, ordinals.length, selected);
    }
  }

  /** Forced scores count as the worst. */
  record Unforced(Selector base) implements Selector {
    @Override
    public ComponentSpec spec() {
      return base.spec();
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      float[] given = scores(scores, count);
      for (int i = 0; i < count; i++) {
        given[i] = given[i] == Float.NEGATIVE_INFINITY ? Float.MAX_VALUE : given[i];
      }
      int[] ordinals = BrokenSelectors.select(base, given, budget);
      return write(ordinals, ordinals.length, selected);
    }
  }
}
