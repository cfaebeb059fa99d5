package dev.adamas.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Products of a few queries with the rows of a key tile: {@code scores[h][i] = query[h] · key[i]}.
 *
 * <p>One, two or four queries share each load of a key. A pass covers a slab of dimensions, so that
 * the queries' part of it stays in registers (an inner loop over all dimensions took 1.2 to 1.5
 * times as long); sums by lane wait in memory, and lanes are added for many keys at once.
 */
final class Scores {

  private Scores() {}

  /**
   * Scores of one, two or four queries.
   *
   * @param keys {@code [count][dim]}, with room for the next multiple of the vector length
   * @param queries {@code [heads][dim]} from {@code q} on
   * @param scores {@code [heads][pitch]} from {@code to} on; {@code pitch} is a multiple of the
   *     vector length and at least {@code count}; what lies between the two is not defined
   * @param products scratch, {@code [heads][pitch][Lanes.L]}
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
    int lanes = pitch * Lanes.L;
    int slab = (heads == 4 ? 2 : 4) * Lanes.L;
    Arrays.fill(products, 0, heads * lanes, 0);
    int from = 0;
    for (; from + slab <= dim; from += slab) {
      switch (heads) {
        case 4 -> four(keys, from, dim, count, queries, q + from, products, lanes);
        case 2 -> two(keys, from, dim, count, queries, q + from, products, lanes);
        default -> one(keys, from, dim, count, queries, q + from, products);
      }
    }
    if (from < dim) {
      // Only 96 dimensions in vectors of 16 leave such a rest.
      for (int head = 0; head < heads; head++) {
        narrow(keys, from, dim, count, queries, q + head * dim + from, products, head * lanes);
      }
    }
    int rounded = Lanes.roundUp(count, Lanes.L);
    for (int head = 0; head < heads; head++) {
      Lanes.sums(products, head * lanes, rounded, scores, to + head * pitch);
    }
  }

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
      float[] keys,
      int from,
      int dim,
      int count,
      float[] queries,
      int q,
      float[] products,
      int lanes) {
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
      FloatVector b = FloatVector.fromArray(Lanes.F, products, lanes + i * Lanes.L);
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
      b.intoArray(products, lanes + i * Lanes.L);
    }
  }

  private static void four(
      float[] keys,
      int from,
      int dim,
      int count,
      float[] queries,
      int q,
      float[] products,
      int lanes) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    FloatVector r0 = FloatVector.fromArray(Lanes.F, queries, q + dim);
    FloatVector r1 = FloatVector.fromArray(Lanes.F, queries, q + dim + Lanes.L);
    FloatVector s0 = FloatVector.fromArray(Lanes.F, queries, q + 2 * dim);
    FloatVector s1 = FloatVector.fromArray(Lanes.F, queries, q + 2 * dim + Lanes.L);
    FloatVector t0 = FloatVector.fromArray(Lanes.F, queries, q + 3 * dim);
    FloatVector t1 = FloatVector.fromArray(Lanes.F, queries, q + 3 * dim + Lanes.L);
    for (int i = 0; i < count; i++) {
      int row = from + i * dim;
      int to = i * Lanes.L;
      FloatVector x = FloatVector.fromArray(Lanes.F, keys, row);
      FloatVector y = FloatVector.fromArray(Lanes.F, keys, row + Lanes.L);
      FloatVector a = x.fma(q0, FloatVector.fromArray(Lanes.F, products, to));
      y.fma(q1, a).intoArray(products, to);
      a = x.fma(r0, FloatVector.fromArray(Lanes.F, products, to + lanes));
      y.fma(r1, a).intoArray(products, to + lanes);
      a = x.fma(s0, FloatVector.fromArray(Lanes.F, products, to + 2 * lanes));
      y.fma(s1, a).intoArray(products, to + 2 * lanes);
      a = x.fma(t0, FloatVector.fromArray(Lanes.F, products, to + 3 * lanes));
      y.fma(t1, a).intoArray(products, to + 3 * lanes);
    }
  }
}
