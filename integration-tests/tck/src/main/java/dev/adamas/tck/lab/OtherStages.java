package dev.adamas.tck.lab;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Stages that look like known ones and mean something else: a backend that recognises them by class
 * or by id alone gives a wrong answer.
 */
public final class OtherStages {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private OtherStages() {}

  /** A distance that prefers what {@code base} prefers least; it only ranks. */
  public static Distance reversed(Distance base, ComponentSpec spec) {
    return new ReversedDistance(base, spec);
  }

  /** A selector that takes the largest scores, forced ones first. */
  public static Selector reversed(Selector base, ComponentSpec spec) {
    return new ReversedSelector(base, spec);
  }

  /** A transform that rotates pairs of coordinates after {@code base}. */
  public static Transform rotated(Transform base, ComponentSpec spec) {
    return new RotatedTransform(base, spec);
  }

  private record ReversedDistance(Distance base, ComponentSpec spec) implements Distance {
    @Override
    public Meaning meaning() {
      return Meaning.RANK;
    }

    @Override
    public Optional<String> incompatibility(Quantizer quantizer) {
      return base.incompatibility(quantizer);
    }

    @Override
    public int queryBytes(Quantizer quantizer, int dim) {
      return base.queryBytes(quantizer, dim);
    }

    @Override
    public void prepareQuery(
        Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
      base.prepareQuery(quantizer, query, dim, prepared);
    }

    @Override
    public void score(
        Quantizer quantizer,
        MemorySegment prepared,
        MemorySegment codes,
        int count,
        int dim,
        MemorySegment scores) {
      base.score(quantizer, prepared, codes, count, dim, scores);
      for (int i = 0; i < count; i++) {
        scores.set(FLOAT, 4L * i, -scores.get(FLOAT, 4L * i));
      }
    }

    @Override
    public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
      throw new UnsupportedOperationException(spec + " only ranks.");
    }

    @Override
    public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
      throw new UnsupportedOperationException(spec + " only ranks.");
    }
  }

  private record ReversedSelector(Selector base, ComponentSpec spec) implements Selector {
    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      float[] reversed = new float[count];
      for (int i = 0; i < count; i++) {
        float score = scores.get(FLOAT, 4L * i);
        reversed[i] = score == Float.NEGATIVE_INFINITY ? score : -score;
      }
      int[] ordinals = new int[Math.min(budget, count)];
      int chosen =
          base.select(
              MemorySegment.ofArray(reversed), count, budget, MemorySegment.ofArray(ordinals));
      for (int i = 0; i < chosen; i++) {
        selected.set(INT, 4L * i, ordinals[i]);
      }
      return chosen;
    }
  }

  /** Products stay, codes change. */
  private record RotatedTransform(Transform base, ComponentSpec spec) implements Transform {
    @Override
    public int outputDim(int dim) {
      return base.outputDim(dim);
    }

    @Override
    public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
      base.apply(source, rows, dim, target);
      int size = outputDim(dim);
      for (int row = 0; row < rows; row++) {
        long at = 4L * row * size;
        // Rotates pairs by 45 degrees; exchanging coordinates alone would change no distance.
        for (int j = 0; j + 1 < size; j += 2) {
          float a = target.get(FLOAT, at + 4L * j);
          float b = target.get(FLOAT, at + 4L * j + 4);
          target.set(FLOAT, at + 4L * j, (a + b) * 0.70710677f);
          target.set(FLOAT, at + 4L * j + 4, (a - b) * 0.70710677f);
        }
      }
    }
  }
}
