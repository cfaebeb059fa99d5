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
      butterflies(x, count * size, size);
      for (int j = 0; j < count * size; j++) {
        x[j] *= scale;
      }
      Buffers.write(x, count * size, target, (long) first * size * Float.BYTES);
    }
  }

  @Override
  public boolean invertible() {
    return true;
  }

  /** The matrix is its own inverse; what was padding is left out. */
  @Override
  public void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
    int size = outputDim(dim);
    if (size == dim) {
      apply(source, rows, dim, target);
      return;
    }
    float[] x = Buffers.floats(size);
    float scale = (float) (1 / Math.sqrt(size));
    for (int row = 0; row < rows; row++) {
      Buffers.read(source, (long) row * size * Float.BYTES, x, size);
      butterflies(x, size, size);
      for (int j = 0; j < dim; j++) {
        x[j] *= scale;
      }
      Buffers.write(x, dim, target, (long) row * dim * Float.BYTES);
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

  /**
   * All levels over {@code n} numbers, rows of {@code size} side by side. Passes run over the whole
   * block with constant distances, which is what lets the JIT drop bounds checks and vectorise the
   * last levels: 65 instead of 165 ns for a row of 64 on the AVX2 machine.
   */
  private static void butterflies(float[] x, int n, int size) {
    int len = 1;
    if (size >= 8) {
      for (int j = 0; j < n; j += 8) {
        eight(x, j, 1);
      }
      len = 8;
    }
    if (size >= 64) {
      levels8To32(x, n);
      len = 64;
    }
    for (; len < size; len *= 2) {
      switch (len) {
        case 64 -> level64(x, n);
        case 128 -> level128(x, n);
        default -> level(x, n, len);
      }
    }
  }

  private static void levels8To32(float[] x, int n) {
    for (int group = 0; group < n; group += 64) {
      for (int j = 0; j < 8; j++) {
        eight(x, group + j, 8);
      }
    }
  }

  private static void level64(float[] x, int n) {
    for (int group = 0; group < n; group += 128) {
      for (int j = group; j < group + 64; j++) {
        float a = x[j];
        float b = x[j + 64];
        x[j] = a + b;
        x[j + 64] = a - b;
      }
    }
  }

  private static void level128(float[] x, int n) {
    for (int group = 0; group < n; group += 256) {
      for (int j = group; j < group + 128; j++) {
        float a = x[j];
        float b = x[j + 128];
        x[j] = a + b;
        x[j + 128] = a - b;
      }
    }
  }

  private static void level(float[] x, int n, int len) {
    for (int group = 0; group < n; group += 2 * len) {
      for (int j = group; j < group + len; j++) {
        float a = x[j];
        float b = x[j + len];
        x[j] = a + b;
        x[j + len] = a - b;
      }
    }
  }

  /** Three levels of eight numbers, {@code len} apart, in registers. */
  private static void eight(float[] x, int j, int len) {
    float a = x[j];
    float b = x[j + len];
    float c = x[j + 2 * len];
    float d = x[j + 3 * len];
    float e = x[j + 4 * len];
    float f = x[j + 5 * len];
    float g = x[j + 6 * len];
    float h = x[j + 7 * len];
    float a1 = a + b;
    float b1 = a - b;
    float c1 = c + d;
    float d1 = c - d;
    float e1 = e + f;
    float f1 = e - f;
    float g1 = g + h;
    float h1 = g - h;
    float a2 = a1 + c1;
    float b2 = b1 + d1;
    float c2 = a1 - c1;
    float d2 = b1 - d1;
    float e2 = e1 + g1;
    float f2 = f1 + h1;
    float g2 = e1 - g1;
    float h2 = f1 - h1;
    x[j] = a2 + e2;
    x[j + len] = b2 + f2;
    x[j + 2 * len] = c2 + g2;
    x[j + 3 * len] = d2 + h2;
    x[j + 4 * len] = a2 - e2;
    x[j + 5 * len] = b2 - f2;
    x[j + 6 * len] = c2 - g2;
    x[j + 7 * len] = d2 - h2;
  }
}
