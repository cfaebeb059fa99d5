package dev.adamas.policy;

/**
 * Sums over the head dimension in the order that every backend keeps: coordinate {@code j} is added
 * to partial sum {@code j mod 16}, with a multiplication and an addition (no fused multiply-add),
 * and the 16 are added in index order. It fits vectors of 16, 8 and 4 lanes alike.
 */
final class Sums {

  static final int PARTS = 16;

  private Sums() {}

  /** {@code Σ a[j]·b[j]}, {@code dim} coordinates from {@code aFrom} and {@code bFrom} on. */
  static float dot(float[] a, int aFrom, float[] b, int bFrom, int dim) {
    float sum = 0;
    // One partial sum after the other: each is a chain of its own, so the order of the parts does
    // not matter and no array of partial sums is needed.
    for (int part = 0; part < Math.min(PARTS, dim); part++) {
      float partial = 0;
      for (int j = part; j < dim; j += PARTS) {
        partial += a[aFrom + j] * b[bFrom + j];
      }
      sum += partial;
    }
    return sum;
  }
}
