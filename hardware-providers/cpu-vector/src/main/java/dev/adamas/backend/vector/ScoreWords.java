package dev.adamas.backend.vector;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The distances of two-bit codes over {@link WordPlanes}: {@code manhattan@1} as {@link
 * ScoreManhattan}, {@code code-dot@1} as {@link ScoreCodeDot} and {@code asymmetric@1} with an int4
 * query as {@link ScoreSigned} explain them.
 *
 * <p>A kernel has a loop over words of constant length: vectors that are carried through a loop of
 * any other length are boxed.
 */
final class ScoreWords implements ScoreCodes {

  /** What is computed. */
  enum Form {
    /** Distance of codes; a word of a query is high bits, low bits, and where they differ. */
    MANHATTAN(3),
    /** Negative product of levels; a word of a query is high and low bits. */
    CODE_DOT(2),
    /** Negative product of an integer query with levels; signs and three planes of magnitudes. */
    INT4(4);

    private final int words;

    Form(int words) {
      this.words = words;
    }
  }

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int ROW = WordPlanes.ROW;
  private static final int VECTOR = ROW / 4;
  private static final int PLANES = 2 * ROW;

  /** Of which a lane has four. */
  private static final long QUARTER = 16;

  private final Form form;
  private final int words;
  private final int blockBytes;
  private final int high;
  private final int low;
  private final long[] queries;
  private final int[] constants;

  /**
   * Scores with the levels {@code -outer, -inner, inner, outer}; the Manhattan distance has none.
   *
   * @param heads most queries at a time
   */
  ScoreWords(WordPlanes layout, int heads, Form form, int inner, int outer) {
    this.form = form;
    words = layout.words();
    blockBytes = layout.blockBytes();
    high = outer + inner;
    low = outer - inner;
    queries = new long[heads * words * form.words];
    constants = new int[heads];
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    int at = head * words * form.words;
    int total = 0;
    for (int word = 0; word < words; word++, at += form.words) {
      if (form == Form.INT4) {
        total += integers(prepared, word, at);
        continue;
      }
      long highs = prepared.get(LONG, (long) word * Long.BYTES);
      long lows = prepared.get(LONG, (long) (words + word) * Long.BYTES);
      queries[at] = highs;
      queries[at + 1] = lows;
      if (form == Form.MANHATTAN) {
        queries[at + 2] = highs ^ lows;
      }
    }
    int dim = words * Long.SIZE;
    constants[head] =
        switch (form) {
          case MANHATTAN -> 0;
          case CODE_DOT -> (high + low) * (high + low) / 4 * dim;
          case INT4 -> (high + low) / 2 * total;
        };
  }

  /** Writes signs and magnitudes of 64 coordinates; returns the sum of the magnitudes. */
  private int integers(MemorySegment prepared, int word, int at) {
    int total = 0;
    long positive = 0;
    long ones = 0;
    long twos = 0;
    long fours = 0;
    for (int j = 0; j < Long.SIZE; j++) {
      int q = PlaneQueries.bits(prepared, word * Long.SIZE + j);
      int magnitude = Math.abs(q);
      total += magnitude;
      positive |= (q >= 0 ? 1L : 0L) << j;
      ones |= (long) (magnitude & 1) << j;
      twos |= (long) (magnitude >> 1 & 1) << j;
      fours |= (long) (magnitude >> 2 & 1) << j;
    }
    queries[at] = positive;
    queries[at + 1] = ones;
    queries[at + 2] = twos;
    queries[at + 3] = fours;
    return total;
  }

  @Override
  public void score(
      KvView cache,
      int kvHead,
      int first,
      MemorySegment blocks,
      long offset,
      int count,
      int heads,
      float[] scores,
      int at,
      int pitch) {
    int end = (count + SparseIndex.BLOCK - 1) / SparseIndex.BLOCK;
    long halfBytes = (long) words * PLANES;
    for (int block = 0; block < end; block++) {
      for (int half = 0; half < 2; half++) {
        MemorySegment codes =
            blocks.asSlice(offset + (long) block * blockBytes + half * halfBytes, halfBytes);
        int to = block * SparseIndex.BLOCK + half * WordPlanes.HALF;
        for (int head = 0; head < heads; head++) {
          score(codes, head, scores, at + head * pitch + to);
        }
      }
    }
  }

  private void score(MemorySegment codes, int head, float[] scores, int to) {
    int q = head * words * form.words;
    switch (form) {
      case MANHATTAN -> {
        if (words == 1) {
          manhattan1(codes, queries, q, scores, to);
        } else {
          manhattan2(codes, queries, q, scores, to);
        }
      }
      case CODE_DOT -> {
        if (words == 1) {
          codeDot1(codes, queries, q, high, low, constants[head], scores, to);
        } else {
          codeDot2(codes, queries, q, high, low, constants[head], scores, to);
        }
      }
      case INT4 -> {
        if (words == 1) {
          int4With1(codes, queries, q, high, low, constants[head], scores, to);
        } else {
          int4With2(codes, queries, q, high, low, constants[head], scores, to);
        }
      }
    }
  }

  private static void manhattan1(
      MemorySegment codes, long[] queries, int q, float[] scores, int to) {
    LongVector sums = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector sum = LongVector.zero(LONGS);
      for (int w = 0; w < 1; w++) {
        int at = q + 3 * w;
        LongVector h = row(codes, w * PLANES + v * VECTOR);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR);
        LongVector both = h.lanewise(XOR, l).and(queries[at + 2]).not();
        sum =
            sum.add(l.lanewise(XOR, queries[at + 1]).lanewise(BIT_COUNT))
                .add(h.lanewise(XOR, queries[at]).and(both).lanewise(BIT_COUNT).lanewise(LSHL, 1));
      }
      sums = sums.or(sum.lanewise(LSHL, QUARTER * v));
    }
    scores(sums.reinterpretAsInts(), 0, 0, scores, to);
  }

  private static void manhattan2(
      MemorySegment codes, long[] queries, int q, float[] scores, int to) {
    LongVector sums = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector sum = LongVector.zero(LONGS);
      for (int w = 0; w < 2; w++) {
        int at = q + 3 * w;
        LongVector h = row(codes, w * PLANES + v * VECTOR);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR);
        LongVector both = h.lanewise(XOR, l).and(queries[at + 2]).not();
        sum =
            sum.add(l.lanewise(XOR, queries[at + 1]).lanewise(BIT_COUNT))
                .add(h.lanewise(XOR, queries[at]).and(both).lanewise(BIT_COUNT).lanewise(LSHL, 1));
      }
      sums = sums.or(sum.lanewise(LSHL, QUARTER * v));
    }
    scores(sums.reinterpretAsInts(), 0, 0, scores, to);
  }

  private static void codeDot1(
      MemorySegment codes,
      long[] queries,
      int q,
      int high,
      int low,
      int constant,
      float[] scores,
      int to) {
    LongVector a = LongVector.zero(LONGS);
    LongVector b = LongVector.zero(LONGS);
    LongVector c = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector hh = LongVector.zero(LONGS);
      LongVector hl = LongVector.zero(LONGS);
      LongVector ll = LongVector.zero(LONGS);
      for (int w = 0; w < 1; w++) {
        LongVector h = row(codes, w * PLANES + v * VECTOR);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR);
        long qh = queries[q + 2 * w];
        long ql = queries[q + 2 * w + 1];
        hh = hh.add(h.lanewise(XOR, qh).lanewise(BIT_COUNT));
        hl =
            hl.add(h.lanewise(XOR, ql).lanewise(BIT_COUNT))
                .add(l.lanewise(XOR, qh).lanewise(BIT_COUNT));
        ll = ll.add(l.lanewise(XOR, ql).lanewise(BIT_COUNT));
      }
      a = a.or(hh.lanewise(LSHL, QUARTER * v));
      b = b.or(hl.lanewise(LSHL, QUARTER * v));
      c = c.or(ll.lanewise(LSHL, QUARTER * v));
    }
    ShortVector sum =
        a.reinterpretAsShorts()
            .mul((short) (high * high))
            .add(b.reinterpretAsShorts().mul((short) (high * low)))
            .add(c.reinterpretAsShorts().mul((short) (low * low)));
    scores(sum.reinterpretAsInts(), 1, constant, scores, to);
  }

  private static void codeDot2(
      MemorySegment codes,
      long[] queries,
      int q,
      int high,
      int low,
      int constant,
      float[] scores,
      int to) {
    LongVector a = LongVector.zero(LONGS);
    LongVector b = LongVector.zero(LONGS);
    LongVector c = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector hh = LongVector.zero(LONGS);
      LongVector hl = LongVector.zero(LONGS);
      LongVector ll = LongVector.zero(LONGS);
      for (int w = 0; w < 2; w++) {
        LongVector h = row(codes, w * PLANES + v * VECTOR);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR);
        long qh = queries[q + 2 * w];
        long ql = queries[q + 2 * w + 1];
        hh = hh.add(h.lanewise(XOR, qh).lanewise(BIT_COUNT));
        hl =
            hl.add(h.lanewise(XOR, ql).lanewise(BIT_COUNT))
                .add(l.lanewise(XOR, qh).lanewise(BIT_COUNT));
        ll = ll.add(l.lanewise(XOR, ql).lanewise(BIT_COUNT));
      }
      a = a.or(hh.lanewise(LSHL, QUARTER * v));
      b = b.or(hl.lanewise(LSHL, QUARTER * v));
      c = c.or(ll.lanewise(LSHL, QUARTER * v));
    }
    ShortVector sum =
        a.reinterpretAsShorts()
            .mul((short) (high * high))
            .add(b.reinterpretAsShorts().mul((short) (high * low)))
            .add(c.reinterpretAsShorts().mul((short) (low * low)));
    scores(sum.reinterpretAsInts(), 1, constant, scores, to);
  }

  private static void int4With1(
      MemorySegment codes,
      long[] queries,
      int q,
      int high,
      int low,
      int constant,
      float[] scores,
      int to) {
    LongVector a = LongVector.zero(LONGS);
    LongVector c = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector highs = LongVector.zero(LONGS);
      LongVector lows = LongVector.zero(LONGS);
      for (int w = 0; w < 1; w++) {
        int at = q + 4 * w;
        LongVector h = row(codes, w * PLANES + v * VECTOR).lanewise(XOR, queries[at]);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR).lanewise(XOR, queries[at]);
        for (int bit = 0; bit < 3; bit++) {
          long magnitudes = queries[at + 1 + bit];
          highs = highs.add(h.and(magnitudes).lanewise(BIT_COUNT).lanewise(LSHL, bit));
          lows = lows.add(l.and(magnitudes).lanewise(BIT_COUNT).lanewise(LSHL, bit));
        }
      }
      a = a.or(highs.lanewise(LSHL, QUARTER * v));
      c = c.or(lows.lanewise(LSHL, QUARTER * v));
    }
    ShortVector sum =
        a.reinterpretAsShorts().mul((short) high).add(c.reinterpretAsShorts().mul((short) low));
    scores(sum.reinterpretAsInts(), 0, constant, scores, to);
  }

  private static void int4With2(
      MemorySegment codes,
      long[] queries,
      int q,
      int high,
      int low,
      int constant,
      float[] scores,
      int to) {
    LongVector a = LongVector.zero(LONGS);
    LongVector c = LongVector.zero(LONGS);
    for (int v = 0; v < 4; v++) {
      LongVector highs = LongVector.zero(LONGS);
      LongVector lows = LongVector.zero(LONGS);
      for (int w = 0; w < 2; w++) {
        int at = q + 4 * w;
        LongVector h = row(codes, w * PLANES + v * VECTOR).lanewise(XOR, queries[at]);
        LongVector l = row(codes, w * PLANES + ROW + v * VECTOR).lanewise(XOR, queries[at]);
        for (int bit = 0; bit < 3; bit++) {
          long magnitudes = queries[at + 1 + bit];
          highs = highs.add(h.and(magnitudes).lanewise(BIT_COUNT).lanewise(LSHL, bit));
          lows = lows.add(l.and(magnitudes).lanewise(BIT_COUNT).lanewise(LSHL, bit));
        }
      }
      a = a.or(highs.lanewise(LSHL, QUARTER * v));
      c = c.or(lows.lanewise(LSHL, QUARTER * v));
    }
    ShortVector sum =
        a.reinterpretAsShorts().mul((short) high).add(c.reinterpretAsShorts().mul((short) low));
    scores(sum.reinterpretAsInts(), 0, constant, scores, to);
  }

  private static LongVector row(MemorySegment codes, int at) {
    return LongVector.fromMemorySegment(LONGS, codes, at, LE);
  }

  /** Scores from 16-bit sums: {@code (sum >> shift) - constant}. */
  private static void scores(IntVector pairs, int shift, int constant, float[] scores, int to) {
    for (int part = 0; part < 2; part++) {
      pairs
          .lanewise(LSHR, 16 * part)
          .and(0xffff)
          .lanewise(LSHR, shift)
          .sub(constant)
          .convert(I2F, 0)
          .reinterpretAsFloats()
          .intoArray(scores, to + 16 * part);
    }
  }
}
