package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights of codes as {@link Budget.TopP#weight} defines them, a vector at a time and to the bit:
 * multiplications and additions are not fused, and sums are whole numbers.
 */
final class CodeMass {

  /**
   * Codes whose weights are added up in 32 bits, in halves of 16 bits: fewer than 2^15 additions a
   * lane at every vector length.
   */
  private static final int PIECE = 1 << 16;

  private static final int HALF = 0xffff;
  private static final float ROUNDER = 0x1.8p23f;

  private CodeMass() {}

  /**
   * The sum of the weights of some scores.
   *
   * @param best the smallest of all scores
   * @param lanes scratch, {@code [2][Lanes.L]}
   */
  static long total(float[] scores, int at, int count, float best, float slope, int[] lanes) {
    long total = 0;
    int whole = count - count % Lanes.L;
    for (int from = 0; from < whole; from += PIECE) {
      piece(scores, at + from, Math.min(PIECE, whole - from), best, slope, lanes);
      for (int lane = 0; lane < Lanes.L; lane++) {
        total += lanes[lane] + ((long) lanes[Lanes.L + lane] << 16);
      }
    }
    for (int i = whole; i < count; i++) {
      total += Budget.TopP.weight((best - scores[at + i]) * slope);
    }
    return total;
  }

  private static void piece(
      float[] scores, int at, int count, float best, float slope, int[] lanes) {
    IntVector low = IntVector.zero(Lanes.I);
    IntVector high = IntVector.zero(Lanes.I);
    FloatVector first = FloatVector.broadcast(Lanes.F, best);
    for (int i = 0; i < count; i += Lanes.L) {
      FloatVector score = FloatVector.fromArray(Lanes.F, scores, at + i);
      IntVector weight = weight(first.sub(score).mul(slope));
      low = low.add(weight.and(HALF));
      high = high.add(weight.lanewise(VectorOperators.LSHR, 16));
    }
    low.intoArray(lanes, 0);
    high.intoArray(lanes, Lanes.L);
  }

  /** 24 Vector API calls. */
  private static IntVector weight(FloatVector power) {
    // NaN and what weighs nothing: 2^-32 of 2^30 is rounded down to 0.
    FloatVector x =
        FloatVector.broadcast(Lanes.F, -32f).blend(power, power.compare(VectorOperators.GT, -31f));
    // Leaves the whole part in the low bits; the sum's own exponent is shifted out below.
    FloatVector z = x.add(ROUNDER);
    FloatVector f = x.sub(z.sub(ROUNDER));
    FloatVector p = f.mul(0.0013264708f).add(0.009671518f);
    p = p.mul(f).add(0.05550734f);
    p = p.mul(f).add(0.24022242f);
    p = p.mul(f).add(0.693147f);
    p = p.mul(f).add(1f);
    FloatVector scale =
        z.reinterpretAsInts()
            .add(127 + 30)
            .lanewise(VectorOperators.LSHL, 23)
            .reinterpretAsFloats();
    return (IntVector) p.mul(scale).convert(VectorOperators.F2I, 0);
  }

  /** The smallest of some scores, ignoring NaN; positive infinity where there is none. */
  static float best(float[] scores, int at, int count) {
    int whole = count - count % Lanes.L;
    float best = EstimatedWeights.smallest(scores, at, whole);
    for (int i = whole; i < count; i++) {
      best = scores[at + i] < best ? scores[at + i] : best;
    }
    return best;
  }
}
