package dev.adamas.backend.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Sums of weights over the bits of codes: for each bit of a code's words, what the codes that have
 * it set weigh together.
 *
 * <p>Codes are taken one after the other and sums kept in registers. With AVX-512 an addition takes
 * bits as a mask, for which they pass one port of two that also add: 16 sums cost a code two
 * instructions there. Heads that share codes share the masks.
 */
final class PlaneSums {

  /** Moves the bit of a lane to the sign. */
  private static final IntVector TO_SIGN =
      IntVector.broadcast(Lanes.I, Integer.SIZE - 1).sub(IntVector.zero(Lanes.I).addIndex(1));

  private PlaneSums() {}

  /**
   * Sums over all bits.
   *
   * @param words bits of the codes, {@code [count][planes]}
   * @param planes words of a code
   * @param weights {@code [heads][pitch]} from {@code w} on
   * @param sums {@code [heads][planes][64]}, written
   */
  static void of(
      long[] words,
      int planes,
      int count,
      float[] weights,
      int w,
      int pitch,
      int heads,
      float[] sums) {
    for (int head = 0; head < heads; ) {
      int together = Lanes.L < 16 ? 1 : heads - head >= 4 ? 4 : heads - head >= 2 ? 2 : 1;
      int from = w + head * pitch;
      int to = head * planes * Long.SIZE;
      for (int plane = 0; plane < planes; plane++) {
        int sum = to + plane * Long.SIZE;
        if (Lanes.L < 16) {
          for (int bit = 0; bit < Long.SIZE; bit += 4 * Lanes.L) {
            signs(words, plane, planes, bit, count, weights, from, sums, sum + bit);
          }
        } else if (together == 4) {
          fourHeads(words, plane, planes, 0, count, weights, from, pitch, sums, sum);
          fourHeads(words, plane, planes, 32, count, weights, from, pitch, sums, sum + 32);
        } else if (together == 2) {
          twoHeads(words, plane, planes, count, weights, from, pitch, sums, sum);
        } else if (plane + 1 < planes) {
          twoWords(words, plane++, planes, count, weights, from, sums, sum);
        } else {
          oneWord(words, plane, planes, count, weights, from, sums, sum);
        }
      }
      head += together;
    }
  }

  /** Two words of one head. */
  private static void twoWords(
      long[] words, int at, int planes, int count, float[] weights, int w, float[] sums, int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (int i = 0; i < count; i++) {
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      long word = words[at + i * planes];
      a = a.add(weight, VectorMask.fromLong(Lanes.F, word));
      b = b.add(weight, VectorMask.fromLong(Lanes.F, word >>> 16));
      c = c.add(weight, VectorMask.fromLong(Lanes.F, word >>> 32));
      d = d.add(weight, VectorMask.fromLong(Lanes.F, word >>> 48));
      word = words[at + 1 + i * planes];
      e = e.add(weight, VectorMask.fromLong(Lanes.F, word));
      f = f.add(weight, VectorMask.fromLong(Lanes.F, word >>> 16));
      g = g.add(weight, VectorMask.fromLong(Lanes.F, word >>> 32));
      h = h.add(weight, VectorMask.fromLong(Lanes.F, word >>> 48));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + 16);
    c.intoArray(sums, to + 32);
    d.intoArray(sums, to + 48);
    e.intoArray(sums, to + 64);
    f.intoArray(sums, to + 80);
    g.intoArray(sums, to + 96);
    h.intoArray(sums, to + 112);
  }

  /** A word of one head. */
  private static void oneWord(
      long[] words, int at, int planes, int count, float[] weights, int w, float[] sums, int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < count; i++) {
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      long word = words[at + i * planes];
      a = a.add(weight, VectorMask.fromLong(Lanes.F, word));
      b = b.add(weight, VectorMask.fromLong(Lanes.F, word >>> 16));
      c = c.add(weight, VectorMask.fromLong(Lanes.F, word >>> 32));
      d = d.add(weight, VectorMask.fromLong(Lanes.F, word >>> 48));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + 16);
    c.intoArray(sums, to + 32);
    d.intoArray(sums, to + 48);
  }

  /** A word of two heads. */
  private static void twoHeads(
      long[] words,
      int at,
      int planes,
      int count,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int to) {
    int to2 = to + planes * Long.SIZE;
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (int i = 0; i < count; i++) {
      FloatVector x = FloatVector.broadcast(Lanes.F, weights[w + i]);
      FloatVector y = FloatVector.broadcast(Lanes.F, weights[w + pitch + i]);
      long word = words[at + i * planes];
      VectorMask<Float> set = VectorMask.fromLong(Lanes.F, word);
      a = a.add(x, set);
      e = e.add(y, set);
      set = VectorMask.fromLong(Lanes.F, word >>> 16);
      b = b.add(x, set);
      f = f.add(y, set);
      set = VectorMask.fromLong(Lanes.F, word >>> 32);
      c = c.add(x, set);
      g = g.add(y, set);
      set = VectorMask.fromLong(Lanes.F, word >>> 48);
      d = d.add(x, set);
      h = h.add(y, set);
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + 16);
    c.intoArray(sums, to + 32);
    d.intoArray(sums, to + 48);
    e.intoArray(sums, to2);
    f.intoArray(sums, to2 + 16);
    g.intoArray(sums, to2 + 32);
    h.intoArray(sums, to2 + 48);
  }

  /** Half a word of four heads. */
  private static void fourHeads(
      long[] words,
      int at,
      int planes,
      int shift,
      int count,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (int i = 0; i < count; i++) {
      long word = words[at + i * planes] >>> shift;
      VectorMask<Float> set = VectorMask.fromLong(Lanes.F, word);
      VectorMask<Float> next = VectorMask.fromLong(Lanes.F, word >>> 16);
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]);
      a = a.add(weight, set);
      b = b.add(weight, next);
      weight = FloatVector.broadcast(Lanes.F, weights[w + pitch + i]);
      c = c.add(weight, set);
      d = d.add(weight, next);
      weight = FloatVector.broadcast(Lanes.F, weights[w + 2 * pitch + i]);
      e = e.add(weight, set);
      f = f.add(weight, next);
      weight = FloatVector.broadcast(Lanes.F, weights[w + 3 * pitch + i]);
      g = g.add(weight, set);
      h = h.add(weight, next);
    }
    int dim = planes * Long.SIZE;
    a.intoArray(sums, to);
    b.intoArray(sums, to + 16);
    c.intoArray(sums, to + dim);
    d.intoArray(sums, to + dim + 16);
    e.intoArray(sums, to + 2 * dim);
    f.intoArray(sums, to + 2 * dim + 16);
    g.intoArray(sums, to + 3 * dim);
    h.intoArray(sums, to + 3 * dim + 16);
  }

  /** Sums of weights with the signs that bits give, plus where one is set. */
  private static void signs(
      long[] words,
      int at,
      int planes,
      int shift,
      int count,
      float[] weights,
      int w,
      float[] sums,
      int to) {
    FloatVector a = FloatVector.zero(Lanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < count; i++) {
      // A bit that is not set flips the sign.
      long word = ~words[at + i * planes] >>> shift;
      IntVector weight = FloatVector.broadcast(Lanes.F, weights[w + i]).reinterpretAsInts();
      a = a.add(flipped(weight, (int) word));
      b = b.add(flipped(weight, (int) (word >>> Lanes.L)));
      c = c.add(flipped(weight, (int) (word >>> (2 * Lanes.L))));
      d = d.add(flipped(weight, (int) (word >>> (3 * Lanes.L))));
    }
    a.intoArray(sums, to);
    b.intoArray(sums, to + Lanes.L);
    c.intoArray(sums, to + 2 * Lanes.L);
    d.intoArray(sums, to + 3 * Lanes.L);
  }

  private static FloatVector flipped(IntVector weight, int bits) {
    return IntVector.broadcast(Lanes.I, bits)
        .lanewise(VectorOperators.LSHL, TO_SIGN)
        .and(Integer.MIN_VALUE)
        .lanewise(VectorOperators.XOR, weight)
        .reinterpretAsFloats();
  }
}
