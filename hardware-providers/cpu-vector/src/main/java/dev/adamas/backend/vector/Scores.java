package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Products of a few queries with the rows of a key tile: {@code scores[h][i] = query[h] · key[i]}.
 *
 * <p>One, two or four queries share each load of a key; with more, the accumulators would not stay
 * in 16 registers. The lane sums of all products are taken together, once they are in memory.
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
    int pitchFloats = pitch * Lanes.L;
    switch (heads) {
      case 4 -> four(keys, dim, count, queries, q, products, pitchFloats);
      case 2 -> two(keys, dim, count, queries, q, products, pitchFloats);
      default -> one(keys, dim, count, queries, q, products);
    }
    int rounded = Lanes.roundUp(count, Lanes.L);
    for (int head = 0; head < heads; head++) {
      Lanes.sums(products, head * pitchFloats, rounded, scores, to + head * pitch);
    }
  }

  private static void one(
      float[] keys, int dim, int count, float[] queries, int q, float[] products) {
    for (int i = 0; i < count; i++) {
      int row = i * dim;
      FloatVector a = FloatVector.zero(Lanes.F);
      FloatVector b = a;
      for (int j = 0; j < dim; j += 2 * Lanes.L) {
        a =
            FloatVector.fromArray(Lanes.F, keys, row + j)
                .fma(FloatVector.fromArray(Lanes.F, queries, q + j), a);
        b =
            FloatVector.fromArray(Lanes.F, keys, row + j + Lanes.L)
                .fma(FloatVector.fromArray(Lanes.F, queries, q + j + Lanes.L), b);
      }
      a.add(b).intoArray(products, i * Lanes.L);
    }
  }

  private static void two(
      float[] keys, int dim, int count, float[] queries, int q, float[] products, int pitch) {
    for (int i = 0; i < count; i++) {
      int row = i * dim;
      FloatVector a = FloatVector.zero(Lanes.F);
      FloatVector b = a;
      for (int j = 0; j < dim; j += Lanes.L) {
        FloatVector key = FloatVector.fromArray(Lanes.F, keys, row + j);
        a = key.fma(FloatVector.fromArray(Lanes.F, queries, q + j), a);
        b = key.fma(FloatVector.fromArray(Lanes.F, queries, q + dim + j), b);
      }
      a.intoArray(products, i * Lanes.L);
      b.intoArray(products, pitch + i * Lanes.L);
    }
  }

  private static void four(
      float[] keys, int dim, int count, float[] queries, int q, float[] products, int pitch) {
    for (int i = 0; i < count; i++) {
      int row = i * dim;
      FloatVector a = FloatVector.zero(Lanes.F);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (int j = 0; j < dim; j += Lanes.L) {
        FloatVector key = FloatVector.fromArray(Lanes.F, keys, row + j);
        int at = q + j;
        a = key.fma(FloatVector.fromArray(Lanes.F, queries, at), a);
        b = key.fma(FloatVector.fromArray(Lanes.F, queries, at + dim), b);
        c = key.fma(FloatVector.fromArray(Lanes.F, queries, at + 2 * dim), c);
        d = key.fma(FloatVector.fromArray(Lanes.F, queries, at + 3 * dim), d);
      }
      int to = i * Lanes.L;
      a.intoArray(products, to);
      b.intoArray(products, to + pitch);
      c.intoArray(products, to + 2 * pitch);
      d.intoArray(products, to + 3 * pitch);
    }
  }
}
