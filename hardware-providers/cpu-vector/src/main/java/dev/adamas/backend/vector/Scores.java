package dev.adamas.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a few queries with the rows of a key tile: {@code scores[h][i] = query[h] · key[i]}.
 *
 * <p>Two queries share each load of a key. A pass covers a slab of dimensions, so that the queries'
 * part of it stays in registers (an inner loop over all dimensions took 1.2 to 1.5 times as long,
 * four queries at once 1.3 times); sums by lane wait in memory, and lanes are added for many keys
 * at once.
 */
final class Scores {

  /** Dimensions of a pass. */
  private static final int SLAB = 4 * Lanes.L;

  /** Where the products of the second head of a pair lie. */
  static final int PAIR = Scratch.TILE * Lanes.L;

  private Scores() {}

  /**
   * Scores of some queries.
   *
   * @param keys {@code [count][dim]}, with room for the next multiple of the vector length
   * @param queries {@code [heads][dim]} from {@code q} on
   * @param scores {@code [heads][pitch]} from {@code to} on; {@code pitch} is a multiple of the
   *     vector length and at least {@code count}; what lies between the two is not defined
   * @param products scratch, {@code [2][Scratch.TILE][Lanes.L]}
   */
  static void of(
      int heads,
      float[] keys,
      int dim,
      int count,
      float[] queries,
      int q,
      float[] scores,
      int to,
      int pitch,
      float[] products) {
    for (int head = 0; head < heads; head += 2) {
      int at = to + head * pitch;
      int query = q + head * dim;
      Arrays.fill(products, 0);
      if (head + 1 < heads) {
        pair(keys, dim, count, queries, query, products);
        lanes(products, PAIR, count, scores, at + pitch);
      } else {
        single(keys, dim, count, queries, query, products);
      }
      lanes(products, 0, count, scores, at);
    }
  }

  /** Adds lanes. */
  static void lanes(float[] products, int from, int count, float[] scores, int to) {
    Lanes.sums(products, from, Lanes.roundUp(count, Lanes.L), scores, to);
  }

  private static void pair(
      float[] keys, int dim, int count, float[] queries, int q, float[] products) {
    int j = 0;
    for (; j + SLAB <= dim; j += SLAB) {
      two(keys, j, dim, count, queries, q + j, products);
    }
    if (j < dim) {
      narrow(keys, j, dim, count, queries, q + j, products, 0);
      narrow(keys, j, dim, count, queries, q + dim + j, products, PAIR);
    }
  }

  private static void single(
      float[] keys, int dim, int count, float[] queries, int q, float[] products) {
    int j = 0;
    for (; j + SLAB <= dim; j += SLAB) {
      one(keys, j, dim, count, queries, q + j, products);
    }
    if (j < dim) {
      narrow(keys, j, dim, count, queries, q + j, products, 0);
    }
  }

  // Only 96 dimensions in vectors of 16 are no whole number of slabs.
  private static void narrow(
      float[] keys,
      int from,
      int dim,
      int count,
      float[] queries,
      int q,
      float[] products,
      int to) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = from + i * dim;
      int sum = to + i * Lanes.L;
      FloatVector a = FloatVector.fromArray(Lanes.F, products, sum);
      a = FloatVector.fromArray(Lanes.F, keys, row).fma(q0, a);
      a = FloatVector.fromArray(Lanes.F, keys, row + Lanes.L).fma(q1, a);
      a.intoArray(products, sum);
    }
  }

  private static void one(
      float[] keys, int from, int dim, int count, float[] queries, int q, float[] products) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, q + 2 * Lanes.L);
    FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, q + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = from + i * dim;
      FloatVector a = FloatVector.fromArray(Lanes.F, products, i * Lanes.L);
      a = FloatVector.fromArray(Lanes.F, keys, row).fma(q0, a);
      a = FloatVector.fromArray(Lanes.F, keys, row + Lanes.L).fma(q1, a);
      a = FloatVector.fromArray(Lanes.F, keys, row + 2 * Lanes.L).fma(q2, a);
      a = FloatVector.fromArray(Lanes.F, keys, row + 3 * Lanes.L).fma(q3, a);
      a.intoArray(products, i * Lanes.L);
    }
  }

  private static void two(
      float[] keys, int from, int dim, int count, float[] queries, int q, float[] products) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, q + 2 * Lanes.L);
    FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, q + 3 * Lanes.L);
    FloatVector r0 = FloatVector.fromArray(Lanes.F, queries, q + dim);
    FloatVector r1 = FloatVector.fromArray(Lanes.F, queries, q + dim + Lanes.L);
    FloatVector r2 = FloatVector.fromArray(Lanes.F, queries, q + dim + 2 * Lanes.L);
    FloatVector r3 = FloatVector.fromArray(Lanes.F, queries, q + dim + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = from + i * dim;
      FloatVector a = FloatVector.fromArray(Lanes.F, products, i * Lanes.L);
      FloatVector b = FloatVector.fromArray(Lanes.F, products, PAIR + i * Lanes.L);
      FloatVector key = FloatVector.fromArray(Lanes.F, keys, row);
      a = key.fma(q0, a);
      b = key.fma(r0, b);
      key = FloatVector.fromArray(Lanes.F, keys, row + Lanes.L);
      a = key.fma(q1, a);
      b = key.fma(r1, b);
      key = FloatVector.fromArray(Lanes.F, keys, row + 2 * Lanes.L);
      a = key.fma(q2, a);
      b = key.fma(r2, b);
      key = FloatVector.fromArray(Lanes.F, keys, row + 3 * Lanes.L);
      a = key.fma(q3, a);
      b = key.fma(r3, b);
      a.intoArray(products, i * Lanes.L);
      b.intoArray(products, PAIR + i * Lanes.L);
    }
  }
}
