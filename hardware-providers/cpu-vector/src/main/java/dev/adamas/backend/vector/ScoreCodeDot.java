package dev.adamas.backend.vector;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;

/**
 * {@code code-dot@1} over two-bit codes.
 *
 * <p>Read the high and low bit of a code as signs s, u: levels that are symmetric about zero are
 * {@code (H·s + W·u) / 2} (13 and 7 for -10, -3, 3, 10), and a product of signs summed over dim
 * coordinates is {@code dim - 2·popcount(xor)}. So {@code 2·dot = 2·ℓ·dim - (H²·A + H·W·B + W²·C)}
 * with A, B, C the disagreements of high with high, of either with the other, of low with low bits,
 * and ℓ the square of the largest level. Half of it stays within 16 bits.
 */
final class ScoreCodeDot implements ScoreCodes {

  private static final int LANES = CodePlanes.LANES;
  private static final int GROUP = PlaneQueries.GROUP;

  /** Bytes of a group of columns of a block. */
  private static final long CODES = 2L * GROUP * CodePlanes.ROW;

  private static final int ROWS = 2;

  /** Bytes of a group of columns of a query. */
  private static final int QUERY = GROUP * ROWS * LANES;

  // Counters of A, B and C by the weight of what they count.
  private static final int A1 = 0;
  private static final int A2 = 1;
  private static final int B1 = 2;
  private static final int B2 = 3;
  private static final int B4 = 4;
  private static final int C1 = 5;
  private static final int C2 = 6;
  private static final int COUNTERS = 7;

  private static final int ROWS_PER_BLOCK = SparseIndex.BLOCK / LANES;

  private final int groups;
  private final int columns;
  private final int blockBytes;
  private final PlaneQueries queries;
  private final int high;
  private final int mixed;
  private final int low;
  private final int largest;
  private final byte[] counters;

  /**
   * Scores with the levels {@code -outer, -inner, inner, outer}.
   *
   * @param heads most queries at a time
   */
  ScoreCodeDot(CodePlanes layout, int heads, int inner, int outer) {
    columns = layout.columns();
    groups = columns / GROUP;
    blockBytes = layout.blockBytes();
    queries = new PlaneQueries(heads, columns, ROWS);
    counters = new byte[heads * ROWS_PER_BLOCK * COUNTERS * LANES];
    high = (outer + inner) * (outer + inner);
    mixed = (outer + inner) * (outer - inner);
    low = (outer - inner) * (outer - inner);
    largest = outer * outer * columns * Byte.SIZE;
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    for (int column = 0; column < columns; column++) {
      queries.set(head, column, 0, PlaneQueries.bits(prepared, column));
      queries.set(head, column, 1, PlaneQueries.bits(prepared, columns + column));
    }
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
    int rows = heads * ROWS_PER_BLOCK;
    for (int block = 0; block < end; block++) {
      long from = offset + (long) block * blockBytes;
      for (int row = 0; row < rows; row++) {
        int head = row / ROWS_PER_BLOCK;
        int s = row % ROWS_PER_BLOCK * LANES;
        count(blocks, from, groups, queries.rows(), head, s, counters, row * COUNTERS * LANES);
      }
      countOnes(counters, rows);
      int to = at + block * SparseIndex.BLOCK;
      products(counters, rows, high, mixed, low, largest, scores, to, pitch);
    }
  }

  /** Adds up disagreements, a bit of a byte lane for each weight as long as that is enough. */
  private static void count(
      MemorySegment codes,
      long from,
      int groups,
      byte[] queries,
      int head,
      int s,
      byte[] counters,
      int to) {
    ByteVector a1 = ByteVector.zero(CodePlanes.B);
    ByteVector a2 = ByteVector.zero(CodePlanes.B);
    ByteVector b1 = ByteVector.zero(CodePlanes.B);
    ByteVector b2 = ByteVector.zero(CodePlanes.B);
    ByteVector b4 = ByteVector.zero(CodePlanes.B);
    ByteVector c1 = ByteVector.zero(CodePlanes.B);
    ByteVector c2 = ByteVector.zero(CodePlanes.B);
    for (int group = 0; group < groups; group++) {
      MemorySegment key = codes.asSlice(from + group * CODES, CODES);
      int query = (head * groups + group) * QUERY;
      for (int j = 0; j < GROUP; j += 2) {
        int k = j * 2 * CodePlanes.ROW + s;
        int q = query + j * ROWS * LANES;
        ByteVector h0 = PlaneQueries.row(key, k);
        ByteVector l0 = PlaneQueries.row(key, k + CodePlanes.ROW);
        ByteVector h1 = PlaneQueries.row(key, k + 2 * CodePlanes.ROW);
        ByteVector l1 = PlaneQueries.row(key, k + 3 * CodePlanes.ROW);
        ByteVector g0 = PlaneQueries.row(queries, q);
        ByteVector f0 = PlaneQueries.row(queries, q + LANES);
        ByteVector g1 = PlaneQueries.row(queries, q + 2 * LANES);
        ByteVector f1 = PlaneQueries.row(queries, q + 3 * LANES);
        ByteVector x = h0.lanewise(XOR, g0);
        ByteVector y = h1.lanewise(XOR, g1);
        ByteVector z = a1.lanewise(XOR, x);
        a2 = a2.add(a1.and(x).or(z.and(y)).lanewise(BIT_COUNT));
        a1 = z.lanewise(XOR, y);
        x = l0.lanewise(XOR, f0);
        y = l1.lanewise(XOR, f1);
        z = c1.lanewise(XOR, x);
        c2 = c2.add(c1.and(x).or(z.and(y)).lanewise(BIT_COUNT));
        c1 = z.lanewise(XOR, y);
        x = h0.lanewise(XOR, f0);
        y = l0.lanewise(XOR, g0);
        z = b1.lanewise(XOR, x);
        ByteVector t = b1.and(x).or(z.and(y));
        b1 = z.lanewise(XOR, y);
        x = h1.lanewise(XOR, f1);
        y = l1.lanewise(XOR, g1);
        z = b1.lanewise(XOR, x);
        ByteVector v = b1.and(x).or(z.and(y));
        b1 = z.lanewise(XOR, y);
        z = b2.lanewise(XOR, t);
        b4 = b4.add(b2.and(t).or(z.and(v)).lanewise(BIT_COUNT));
        b2 = z.lanewise(XOR, v);
      }
    }
    a1.intoArray(counters, to + A1 * LANES);
    a2.intoArray(counters, to + A2 * LANES);
    b1.intoArray(counters, to + B1 * LANES);
    b2.intoArray(counters, to + B2 * LANES);
    b4.intoArray(counters, to + B4 * LANES);
    c1.intoArray(counters, to + C1 * LANES);
    c2.intoArray(counters, to + C2 * LANES);
  }

  /** Counts the bits left over: then each of A, B and C is a count of ones and one of more. */
  private static void countOnes(byte[] counters, int rows) {
    for (int row = 0; row < rows; row++) {
      int at = row * COUNTERS * LANES;
      counter(counters, at + A1 * LANES).lanewise(BIT_COUNT).intoArray(counters, at + A1 * LANES);
      counter(counters, at + C1 * LANES).lanewise(BIT_COUNT).intoArray(counters, at + C1 * LANES);
      ByteVector twos = counter(counters, at + B2 * LANES).lanewise(BIT_COUNT);
      counter(counters, at + B1 * LANES)
          .lanewise(BIT_COUNT)
          .add(twos)
          .add(twos)
          .intoArray(counters, at + B1 * LANES);
    }
  }

  private static ByteVector counter(byte[] counters, int at) {
    return ByteVector.fromArray(CodePlanes.B, counters, at);
  }

  /** Every other lane of a counter, in 16 bits. */
  private static IntVector every2nd(byte[] counters, int at, int odd) {
    return counter(counters, at)
        .reinterpretAsInts()
        .lanewise(LSHR, Byte.SIZE * odd)
        .and(0x00ff00ff);
  }

  /**
   * Scores from counters. Sums are kept two to an int: no half overflows, and half of A + B + C
   * carries nothing into the other one, because that sum is even where it counts (all weights are
   * odd or all are even).
   */
  private static void products(
      byte[] counters,
      int rows,
      int high,
      int mixed,
      int low,
      int largest,
      float[] scores,
      int to,
      int pitch) {
    for (int half = 0; half < 2 * rows; half++) {
      int row = half / 2;
      int odd = half % 2;
      int at = row * COUNTERS * LANES;
      IntVector a =
          every2nd(counters, at + A2 * LANES, odd)
              .lanewise(LSHL, 1)
              .add(every2nd(counters, at + A1 * LANES, odd));
      IntVector b =
          every2nd(counters, at + B4 * LANES, odd)
              .lanewise(LSHL, 2)
              .add(every2nd(counters, at + B1 * LANES, odd));
      IntVector c =
          every2nd(counters, at + C2 * LANES, odd)
              .lanewise(LSHL, 1)
              .add(every2nd(counters, at + C1 * LANES, odd));
      IntVector pair =
          a.add(b)
              .add(c)
              .mul(high & 1)
              .lanewise(LSHR, 1)
              .add(a.mul(high >> 1))
              .add(b.mul(mixed >> 1))
              .add(c.mul(low >> 1));
      int lane = row / ROWS_PER_BLOCK * pitch + row % ROWS_PER_BLOCK * LANES + odd * Lanes.L;
      // A helper would be compiled by itself and then no longer be inlined, which boxes its vector.
      for (int part = 0; part < 2; part++) {
        pair.lanewise(LSHR, 16 * part)
            .and(0xffff)
            .sub(largest)
            .convert(I2F, 0)
            .reinterpretAsFloats()
            .intoArray(scores, to + lane + 2 * part * Lanes.L);
      }
    }
  }
}
