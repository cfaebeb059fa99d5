package dev.adamas.backend.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Online softmax of one head over successive blocks of scores, in powers of two. */
final class Softmax {

  private Softmax() {}

  /**
   * Turns a block of scores into weights relative to the largest score so far, and brings what was
   * summed before in line.
   *
   * @param scores {@code count} scores from {@code at} on, replaced by weights; the array reaches
   *     to the next multiple of the vector length
   * @param weightExponent {@link NumberFormat#weightExponent}
   * @param largest largest score of each head, {@link Lanes#LOWEST} at first
   * @param total sum of weights of each head, 0 at first
   * @param sums weighted values of the head, {@code dim} floats from {@code to} on
   */
  static void block(
      float[] scores,
      int at,
      int count,
      float weightExponent,
      int head,
      float[] largest,
      float[] total,
      float[] sums,
      int to,
      int dim) {
    int end = at + Lanes.roundUp(count, Lanes.L);
    Arrays.fill(scores, at + count, end, Float.NEGATIVE_INFINITY);
    float before = largest[head];
    float now = largest(scores, at, end, before);
    if (now > before) {
      float factor = Lanes.exp2(before - now);
      largest[head] = now;
      total[head] *= factor;
      scale(sums, to, dim, factor);
    }
    total[head] += weights(scores, at, end, now - weightExponent);
  }

  private static float largest(float[] scores, int at, int end, float least) {
    FloatVector m = FloatVector.broadcast(Lanes.F, least);
    for (int i = at; i < end; i += Lanes.L) {
      m = Lanes.larger(m, FloatVector.fromArray(Lanes.F, scores, i));
    }
    return m.reduceLanes(VectorOperators.MAX);
  }

  private static float weights(float[] scores, int at, int end, float shift) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int i = at; i < end; i += Lanes.L) {
      FloatVector weight = Lanes.exp2(FloatVector.fromArray(Lanes.F, scores, i).sub(shift));
      weight.intoArray(scores, i);
      sum = sum.add(weight);
    }
    return Lanes.sum(sum);
  }

  private static void scale(float[] sums, int to, int dim, float factor) {
    for (int i = 0; i < dim; i += Lanes.L) {
      FloatVector.fromArray(Lanes.F, sums, to + i).mul(factor).intoArray(sums, to + i);
    }
  }
}
