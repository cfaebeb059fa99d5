package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Scores of candidates by codes of what their keys' codes miss, added to the scores that they have:
 * {@link Tail.Residual}. Signs and an integer query are counted word by word, {@code Σ ±q = 2·Σ_set
 * q - Σ q}; other codes and queries go through the distance itself. One instance serves one worker.
 */
final class RefinedScores {

  /** Bits of a coordinate from -7 to 7. */
  private static final int INT4 = 4;

  private final Distance distance;
  private final Quantizer residual;
  private final int dim;
  private final int words;

  /** Bits of a query's coordinate, two's complement; 0 where codes go through the distance. */
  private final int queryBits;

  private final MemorySegment[] prepared;
  private final float[] factors;

  /** Bits of queries, {@code [heads][words][queryBits]}, and the sums of their coordinates. */
  private final long[] planes;

  private final int[] totals;
  private final byte[] query;

  private final TierCodes codes;
  private float[] misses = {};
  private int[] dots = {};

  RefinedScores(Distance distance, Tail.Residual residual, int dim, int heads) {
    this.distance = distance;
    this.residual = residual.quantizer();
    this.dim = dim;
    words = dim / Long.SIZE;
    ComponentSpec spec = this.residual.spec();
    boolean signs =
        spec.is("bucket", 1)
            && spec.params().getOrDefault("bits", "").equals("1")
            && !spec.params().getOrDefault("scale", "none").equals("none")
            && dim % Long.SIZE == 0;
    // A bit more than the magnitude has.
    int bits = ScorePlan.queryBits(distance.spec());
    queryBits = signs && bits > 0 ? bits + 1 : 0;
    int bytes = distance.queryBytes(this.residual, dim);
    prepared = new MemorySegment[heads];
    Arrays.setAll(prepared, _ -> MemorySegment.ofArray(new byte[bytes]));
    factors = new float[heads];
    planes = new long[heads * words * queryBits];
    totals = new int[heads];
    query = new byte[dim];
    codes = new TierCodes(queryBits > 0, words);
  }

  /** Where the candidates' codes are to be read to. */
  TierCodes codes() {
    return codes;
  }

  /**
   * Takes a head's query.
   *
   * @param transformed float32 {@code [dim]}
   * @param step what a unit of the head's scores is worth
   */
  void query(int head, MemorySegment transformed, float step) {
    distance.prepareQuery(residual, transformed, dim, prepared[head]);
    float own = distance.step(residual, prepared[head], dim);
    float quotient = own / step;
    factors[head] = own == step ? 1 : Float.isFinite(quotient) ? quotient : 0;
    if (queryBits == 0) {
      return;
    }
    MemorySegment.copy(prepared[head], ValueLayout.JAVA_BYTE, 0, query, 0, dim);
    int total = 0;
    for (int j = 0; j < dim; j++) {
      total += query[j];
    }
    totals[head] = total;
    for (int word = 0; word < words; word++) {
      for (int bit = 0; bit < queryBits; bit++) {
        planes[(head * words + word) * queryBits + bit] = plane(query, word * Long.SIZE, bit);
      }
    }
  }

  /** A bit of 64 coordinates. */
  private static long plane(byte[] query, int from, int bit) {
    long plane = 0;
    for (int j = 0; j < Long.SIZE; j++) {
      plane |= (long) ((query[from + j] >> bit) & 1) << j;
    }
    return plane;
  }

  /**
   * Scores the candidates whose codes were read last.
   *
   * @param scores what they are scored so far, from {@code at} on
   * @param refined a score for each from {@code at} on, written
   */
  void score(int head, float[] scores, int at, float[] refined) {
    int count = codes.count();
    if (misses.length < count) {
      misses = new float[Lanes.roundUp(count, SparseIndex.BLOCK)];
      dots = new int[misses.length];
    }
    if (queryBits == 0) {
      staged(head, count);
    } else {
      int from = head * words * queryBits;
      Arrays.fill(dots, 0, count, 0);
      for (int word = 0; word < words; word++) {
        int query = from + word * queryBits;
        if (queryBits == INT4) {
          addInt4(codes.words(), word, words, count, planes, query, dots);
        } else {
          add(codes.words(), word, words, count, planes, query, queryBits, dots);
        }
      }
      weigh(dots, totals[head], codes.scales(), count, misses);
    }
    add(scores, misses, factors[head], count, refined, at);
  }

  /** Adds the sum of the query's coordinates whose bit is set, for one word of each code. */
  private static void add(
      long[] codes,
      int word,
      int words,
      int count,
      long[] planes,
      int query,
      int queryBits,
      int[] dots) {
    int last = queryBits - 1;
    for (int i = 0; i < count; i++) {
      long set = codes[i * words + word];
      int sum = -(Long.bitCount(planes[query + last] & set) << last);
      for (int bit = 0; bit < last; bit++) {
        sum += Long.bitCount(planes[query + bit] & set) << bit;
      }
      dots[i] += sum;
    }
  }

  /** The same with the query's word in registers, three times as fast. */
  private static void addInt4(
      long[] codes, int word, int words, int count, long[] planes, int query, int[] dots) {
    long ones = planes[query];
    long twos = planes[query + 1];
    long fours = planes[query + 2];
    long eights = planes[query + 3];
    for (int i = 0; i < count; i++) {
      long set = codes[i * words + word];
      dots[i] +=
          Long.bitCount(ones & set)
              + (Long.bitCount(twos & set) << 1)
              + (Long.bitCount(fours & set) << 2)
              - (Long.bitCount(eights & set) << 3);
    }
  }

  private static void weigh(int[] dots, int total, short[] scales, int count, float[] misses) {
    for (int i = 0; i < count; i++) {
      misses[i] = -((2 * dots[i] - total) * Float.float16ToFloat(scales[i]));
    }
  }

  private static void add(
      float[] scores, float[] misses, float factor, int count, float[] refined, int at) {
    for (int i = 0; i < count; i++) {
      refined[at + i] = scores[at + i] + misses[i] * factor;
    }
  }

  private void staged(int head, int count) {
    distance.score(
        residual,
        prepared[head],
        MemorySegment.ofArray(codes.codes()),
        count,
        dim,
        MemorySegment.ofArray(misses));
  }
}
