package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * {@code hadamard@1}: the orthonormal Walsh–Hadamard transform, which spreads outlier coordinates
 * over all of them, so that one set of thresholds fits every coordinate (arXiv 2510.18413, section
 * 3). A dimension that is no power of two is padded with zeros, which keeps dot products.
 *
 * <p>The result is defined to the bit: butterflies {@code (a, b) → (a + b, a - b)} in float32 over
 * the pairs {@code (j, j + len)} for {@code len = 1, 2, 4, …}, then one multiplication by {@code
 * 1/sqrt(outputDim)} rounded to float32.
 */
record Hadamard(ComponentSpec spec) implements Transform {

  static final String ID = "hadamard";

  Hadamard() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public int outputDim(int dim) {
    if (dim > 1 << 16) {
      throw new IllegalArgumentException(
          "hadamard@1 transforms at most 65536 coordinates, not " + dim + ".");
    }
    return dim == 1 ? 1 : Integer.highestOneBit(dim - 1) << 1;
  }

  @Override
  public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
    int size = outputDim(dim);
    int block = Buffers.rowsPerBlock(size);
    float[] x = Buffers.floats(block * size);
    float scale = (float) (1 / Math.sqrt(size));
    for (int first = 0; first < rows; first += block) {
      int count = Math.min(block, rows - first);
      read(source, first, count, dim, x, size);
      for (int row = 0; row < count; row++) {
        transform(x, row * size, size, scale);
      }
      Buffers.write(x, count * size, target, (long) first * size * Float.BYTES);
    }
  }

  private static void read(
      MemorySegment source, int first, int count, int dim, float[] x, int size) {
    long offset = (long) first * dim * Float.BYTES;
    if (dim == size) {
      Buffers.read(source, offset, x, count * size);
      return;
    }
    for (int row = 0; row < count; row++) {
      MemorySegment.copy(
          source, Buffers.FLOAT, offset + (long) row * dim * Float.BYTES, x, row * size, dim);
      Arrays.fill(x, row * size + dim, (row + 1) * size, 0);
    }
  }

  /** Two butterfly levels per pass halve the loads and stores; the sums are the same. */
  private static void transform(float[] x, int from, int size, float scale) {
    int end = from + size;
    int len = 1;
    for (; len * 4 <= size; len *= 4) {
      for (int group = from; group < end; group += 4 * len) {
        for (int j = group; j < group + len; j++) {
          float a = x[j];
          float b = x[j + len];
          float c = x[j + 2 * len];
          float d = x[j + 3 * len];
          float ab = a + b;
          float cd = c + d;
          float aMinusB = a - b;
          float cMinusD = c - d;
          x[j] = ab + cd;
          x[j + len] = aMinusB + cMinusD;
          x[j + 2 * len] = ab - cd;
          x[j + 3 * len] = aMinusB - cMinusD;
        }
      }
    }
    if (len < size) {
      for (int j = from; j < from + len; j++) {
        float a = x[j];
        float b = x[j + len];
        x[j] = a + b;
        x[j + len] = a - b;
      }
    }
    for (int j = from; j < end; j++) {
      x[j] *= scale;
    }
  }
}
