package dev.adamas.backend.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
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
import jdk.incubator.vector.ShortVector;

/**
 * {@code code-dot@1} over two-bit codes.
 *
 * <p>Read the high and low bit of a code as signs s, u: levels that are symmetric about zero are
 * {@code (H·s + W·u) / 2} (13 and 7 for -10, -3, 3, 10), and a product of signs summed over dim
 * coordinates is {@code dim - 2·popcount(xor)}. So {@code 2·dot = 2·ℓ·dim - (H²·A + H·W·B + W²·C)}
 * with A, B, C the disagreements of high with high, of either with the other, of low with low bits,
 * and ℓ the square of the largest level. Sums stay within 16 bits.
 */
final class ScoreCodeDot implements ScoreCodes {

  private static final int LANES = CodePlanes.LANES;
  private static final int GROUP = PlaneQueries.GROUP;

  /** Bytes of a group of columns of a block. */
  private static final long CODES = 2L * GROUP * CodePlanes.ROW;

  private static final int ROWS = 2;

  /** Bytes of a group of columns of a query. */
  private static final long QUERY = (long) GROUP * ROWS * LANES;

  private static final int SHORTS = LANES / 2;

  private final int groups;
  private final int columns;
  private final int blockBytes;
  private final PlaneQueries queries;
  private final int high;
  private final int mixed;
  private final int low;
  private final int largest;
  private final short[] sums = new short[6 * SHORTS];

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
      int pitch) {
    int end = (count + SparseIndex.BLOCK - 1) / SparseIndex.BLOCK;
    for (int block = 0; block < end; block++) {
      long from = offset + (long) block * blockBytes;
      for (int head = 0; head < heads; head++) {
        for (int s = 0; s < SparseIndex.BLOCK; s += LANES) {
          int to = head * pitch + block * SparseIndex.BLOCK + s;
          lanes(blocks, from, groups, queries.segment(), head, s, scores, to);
        }
      }
    }
  }

  private void lanes(
      MemorySegment codes,
      long from,
      int groups,
      MemorySegment queries,
      int head,
      int s,
      float[] scores,
      int to) {
    ByteVector a1 = ByteVector.zero(CodePlanes.B);
    ByteVector a2 = a1;
    ByteVector b1 = a1;
    ByteVector b2 = a1;
    ByteVector b4 = a1;
    ByteVector c1 = a1;
    ByteVector c2 = a1;
    for (int group = 0; group < groups; group++) {
      MemorySegment key = codes.asSlice(from + group * CODES, CODES);
      MemorySegment query = queries.asSlice((head * groups + group) * QUERY, QUERY);
      for (int j = 0; j < GROUP; j += 2) {
        int k = j * 2 * CodePlanes.ROW + s;
        int q = j * ROWS * LANES;
        ByteVector h0 = PlaneQueries.row(key, k);
        ByteVector l0 = PlaneQueries.row(key, k + CodePlanes.ROW);
        ByteVector h1 = PlaneQueries.row(key, k + 2 * CodePlanes.ROW);
        ByteVector l1 = PlaneQueries.row(key, k + 3 * CodePlanes.ROW);
        ByteVector g0 = PlaneQueries.row(query, q);
        ByteVector f0 = PlaneQueries.row(query, q + LANES);
        ByteVector g1 = PlaneQueries.row(query, q + 2 * LANES);
        ByteVector f1 = PlaneQueries.row(query, q + 3 * LANES);
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
    b2 = b2.lanewise(BIT_COUNT);
    b1 = b1.lanewise(BIT_COUNT).add(b2).add(b2);
    a1 = a1.lanewise(BIT_COUNT);
    c1 = c1.lanewise(BIT_COUNT);
    for (int odd = 0; odd < 2; odd++) {
      ShortVector a = count(a2, odd).lanewise(LSHL, 1).add(count(a1, odd));
      ShortVector b = count(b4, odd).lanewise(LSHL, 2).add(count(b1, odd));
      ShortVector c = count(c2, odd).lanewise(LSHL, 1).add(count(c1, odd));
      int at = odd * 3 * SHORTS;
      a.intoArray(sums, at);
      b.intoArray(sums, at + SHORTS);
      c.intoArray(sums, at + 2 * SHORTS);
    }
    products(sums, high, mixed, low, largest, scores, to);
  }

  private static ShortVector count(ByteVector counts, int odd) {
    return counts.reinterpretAsShorts().lanewise(LSHR, 8L * odd).and((short) 255);
  }

  private static void products(
      short[] sums, int high, int mixed, int low, int largest, float[] scores, int to) {
    for (int odd = 0; odd < 2; odd++) {
      int at = odd * 3 * SHORTS;
      ShortVector a = ShortVector.fromArray(ShortVector.SPECIES_PREFERRED, sums, at);
      ShortVector b = ShortVector.fromArray(ShortVector.SPECIES_PREFERRED, sums, at + SHORTS);
      ShortVector c = ShortVector.fromArray(ShortVector.SPECIES_PREFERRED, sums, at + 2 * SHORTS);
      ShortVector odds =
          a.mul((short) (high & 1)).add(b.mul((short) (mixed & 1))).add(c.mul((short) (low & 1)));
      IntVector pair =
          a.mul((short) (high >> 1))
              .add(b.mul((short) (mixed >> 1)))
              .add(c.mul((short) (low >> 1)))
              .add(odds.lanewise(ASHR, 1))
              .sub((short) largest)
              .reinterpretAsInts();
      pair.lanewise(LSHL, 16)
          .lanewise(ASHR, 16)
          .convert(I2F, 0)
          .reinterpretAsFloats()
          .intoArray(scores, to + odd * Lanes.L);
      pair.lanewise(ASHR, 16)
          .convert(I2F, 0)
          .reinterpretAsFloats()
          .intoArray(scores, to + (odd + 2) * Lanes.L);
    }
  }
}
