package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Sums over a row in the order that every backend keeps: coordinate {@code j} is added to partial
 * sum {@code j mod 16}, with a multiplication and an addition, and the 16 are added in index order.
 */
final class PartialSums {

  /** Partial sums of a row. */
  static final int PARTS = 16;

  private PartialSums() {}

  /** Partial sums of {@code Σ q·x} of rows. */
  static void products(float[] rows, int count, int dim, float[] query, int q, float[] partial) {
    for (int i = 0; i < count; i++) {
      for (int part = 0; part < PARTS; part += Lanes.L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < dim; j += PARTS) {
          sum =
              FloatVector.fromArray(Lanes.F, query, q + j)
                  .mul(FloatVector.fromArray(Lanes.F, rows, i * dim + j))
                  .add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
  }

  /** Partial sums of {@code Σ max(q·min, q·max)} of pairs of rows, minima first. */
  static void bounds(float[] rows, int count, int dim, float[] query, int q, float[] partial) {
    for (int i = 0; i < count; i++) {
      int min = 2 * i * dim;
      int max = min + dim;
      for (int part = 0; part < PARTS; part += Lanes.L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < dim; j += PARTS) {
          FloatVector x = FloatVector.fromArray(Lanes.F, query, q + j);
          sum =
              x.mul(FloatVector.fromArray(Lanes.F, rows, min + j))
                  .max(x.mul(FloatVector.fromArray(Lanes.F, rows, max + j)))
                  .add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
  }

  /** Sums. */
  static void add(float[] partial, int count, float[] sums) {
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int part = 0; part < PARTS; part++) {
        sum += partial[i * PARTS + part];
      }
      sums[i] = sum;
    }
  }

  /** Negative sums, which are scores. */
  static void negate(float[] partial, int count, float[] scores, int to) {
    for (int i = 0; i < count; i++) {
      float sum = 0;
      for (int part = 0; part < PARTS; part++) {
        sum += partial[i * PARTS + part];
      }
      scores[to + i] = -sum;
    }
  }
}
