package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;

/**
 * {@code hadamard@1} in vectors, for rows of one dimension. One instance serves one worker; rows of
 * queries, one at a time, are left to the plan's own transform.
 */
final class VectorHadamard implements Transform {

  static final ComponentSpec SPEC = ComponentSpec.of("hadamard", 1);

  private static final int ROWS = 16;

  private final int dim;
  private final int size;
  private final float factor;
  private final float[] rows;
  private final float[] x;

  private VectorHadamard(int dim, int size) {
    this.dim = dim;
    this.size = size;
    factor = factor(size);
    rows = new float[ROWS * dim];
    x = new float[ROWS * size];
  }

  /** The plan's transform where it is another. */
  static Transform of(Transform transform, int dim) {
    return transform.spec().equals(SPEC)
        ? new VectorHadamard(dim, transform.outputDim(dim))
        : transform;
  }

  /** What coordinates are multiplied by after the butterflies. */
  static float factor(int size) {
    return (float) (1 / Math.sqrt(size));
  }

  @Override
  public ComponentSpec spec() {
    return SPEC;
  }

  @Override
  public int outputDim(int dim) {
    if (dim != this.dim) {
      throw new IllegalArgumentException(
          "This transform was made for rows of " + this.dim + ", not of " + dim + ".");
    }
    return size;
  }

  @Override
  public void apply(MemorySegment source, int count, int dim, MemorySegment target) {
    outputDim(dim);
    for (int first = 0; first < count; first += ROWS) {
      int n = Math.min(ROWS, count - first);
      MemorySegment.copy(
          source, CacheRows.FLOAT, (long) first * dim * Float.BYTES, rows, 0, n * dim);
      HadamardRows.butterflies(rows, 0, n, dim, x, size);
      for (int j = 0; j < n * size; j++) {
        x[j] *= factor;
      }
      MemorySegment.copy(
          x, 0, target, CacheRows.FLOAT, (long) first * size * Float.BYTES, n * size);
    }
  }
}
