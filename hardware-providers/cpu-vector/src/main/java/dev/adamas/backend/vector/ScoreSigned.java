package dev.adamas.backend.vector;

import static jdk.incubator.vector.VectorOperators.BIT_COUNT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import dev.adamas.api.KvView;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of an integer query with codes of one or two bits: {@code asymmetric@1} with int4 and
 * int8 queries, and every distance of one-bit codes.
 *
 * <p>Read a code's bits as signs s with weights w ({@link ScoreCodeDot}). With the query as sign
 * and magnitude, {@code Σ q·s = Σ |q| - 2·Σ |q|·x}, where x is set where the signs differ, and the
 * second sum is bit by bit {@code Σ 2^b popcount(bit b of |q| and x)}. Everything is an exact
 * integer, or a half of one, and far below 2<sup>24</sup>, so float32 adds it up exactly.
 */
final class ScoreSigned implements ScoreCodes {

  /** How a prepared query reads. */
  enum Form {
    /** Signed bytes, scored by the negative product. */
    INTEGERS,
    /** One bit plane, scored by the negative product of levels -1 and 1. */
    SIGNS,
    /** One bit plane, scored by the number of bits that differ. */
    BITS
  }

  private static final int LANES = CodePlanes.LANES;

  /** Magnitude bits that share the loads of a row. */
  private static final int TRIPLE = 3;

  /** Columns whose bits a byte can count. */
  private static final int MOST_COLUMNS = 16;

  private final int columns;
  private final int planes;
  private final int blockBytes;
  private final Form form;
  private final int triples;
  private final int rowsPerColumn;
  private final float[] weights;
  private final PlaneQueries queries;
  private final float[] constants;
  private final byte[] counters = new byte[TRIPLE * LANES];

  /**
   * Scores with queries of up to {@code magnitudeBits} bits.
   *
   * @param weights of the code's sign planes, most significant first
   */
  ScoreSigned(CodePlanes layout, int heads, Form form, int magnitudeBits, float... weights) {
    columns = layout.columns();
    planes = layout.planes();
    blockBytes = layout.blockBytes();
    this.form = form;
    this.weights = weights;
    triples = (magnitudeBits + TRIPLE - 1) / TRIPLE;
    rowsPerColumn = 1 + triples * TRIPLE;
    queries = new PlaneQueries(heads, columns, rowsPerColumn);
    constants = new float[heads];
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    int total = 0;
    for (int column = 0; column < columns; column++) {
      if (form != Form.INTEGERS) {
        queries.set(head, column, 0, PlaneQueries.bits(prepared, column));
        queries.set(head, column, 1, -1);
        total += Byte.SIZE;
        continue;
      }
      int positive = 0;
      long magnitudes = 0;
      for (int j = 0; j < Byte.SIZE; j++) {
        int q = PlaneQueries.bits(prepared, column * Byte.SIZE + j);
        int magnitude = Math.abs(q);
        total += magnitude;
        positive |= (q >= 0 ? 1 : 0) << j;
        for (int bit = 0; bit < Byte.SIZE - 1; bit++) {
          magnitudes |= (long) ((magnitude >> bit) & 1) << (bit * Byte.SIZE + j);
        }
      }
      queries.set(head, column, 0, positive);
      for (int bit = 0; bit < rowsPerColumn - 1; bit++) {
        queries.set(
            head, column, 1 + bit, bit < Byte.SIZE ? (int) (magnitudes >>> (bit * Byte.SIZE)) : 0);
      }
    }
    float constant = 0;
    for (float weight : weights) {
      constant -= weight * total;
    }
    constants[head] = form == Form.BITS ? 0 : constant;
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
    int rounded = Lanes.roundUp(count, SparseIndex.BLOCK);
    for (int head = 0; head < heads; head++) {
      int row = at + head * pitch;
      Arrays.fill(scores, row, row + rounded, constants[head]);
    }
    for (int from = 0; from < rounded; from += LANES) {
      long row = offset + (long) (from / SparseIndex.BLOCK) * blockBytes + from % SparseIndex.BLOCK;
      for (int head = 0; head < heads; head++) {
        score(blocks, row, head, scores, at + head * pitch + from);
      }
    }
  }

  private void score(MemorySegment blocks, long row, int head, float[] scores, int to) {
    int stride = planes * CodePlanes.ROW;
    for (int plane = 0; plane < planes; plane++) {
      float weight = form == Form.BITS ? 1 : 2 * weights[plane];
      for (int column = 0; column < columns; column += MOST_COLUMNS) {
        long from = row + (long) plane * CodePlanes.ROW + (long) column * stride;
        int query = (head * columns + column) * rowsPerColumn * LANES;
        int some = Math.min(MOST_COLUMNS, columns - column);
        for (int triple = 0; triple < triples; triple++) {
          count(
              blocks,
              from,
              stride,
              some,
              queries.rows(),
              query,
              rowsPerColumn * LANES,
              (1 + triple * TRIPLE) * LANES,
              counters);
          add(counters, weight * (1 << (triple * TRIPLE)), scores, to);
        }
      }
    }
  }

  private static void count(
      MemorySegment codes,
      long from,
      int stride,
      int columns,
      byte[] queries,
      int query,
      int queryStride,
      int magnitude,
      byte[] counters) {
    ByteVector a = ByteVector.zero(CodePlanes.B);
    ByteVector b = ByteVector.zero(CodePlanes.B);
    ByteVector c = ByteVector.zero(CodePlanes.B);
    MemorySegment rows = codes.asSlice(from, (long) (columns - 1) * stride + LANES);
    for (int column = 0; column < columns; column++) {
      int q = query + column * queryStride;
      ByteVector differ =
          PlaneQueries.row(rows, column * stride).lanewise(XOR, PlaneQueries.row(queries, q));
      q += magnitude;
      a = a.add(differ.and(PlaneQueries.row(queries, q)).lanewise(BIT_COUNT));
      b = b.add(differ.and(PlaneQueries.row(queries, q + LANES)).lanewise(BIT_COUNT));
      c = c.add(differ.and(PlaneQueries.row(queries, q + 2 * LANES)).lanewise(BIT_COUNT));
    }
    a.intoArray(counters, 0);
    b.intoArray(counters, LANES);
    c.intoArray(counters, 2 * LANES);
  }

  /** Adds {@code weight · (a + 2·b + 4·c)}. */
  private static void add(byte[] counters, float weight, float[] scores, int to) {
    IntVector a = ByteVector.fromArray(CodePlanes.B, counters, 0).reinterpretAsInts();
    IntVector b = ByteVector.fromArray(CodePlanes.B, counters, LANES).reinterpretAsInts();
    IntVector c = ByteVector.fromArray(CodePlanes.B, counters, 2 * LANES).reinterpretAsInts();
    for (int r = 0; r < 4; r++) {
      FloatVector.fromArray(Lanes.F, scores, to + r * Lanes.L)
          .add(
              a.lanewise(LSHR, 8 * r)
                  .and(255)
                  .add(b.lanewise(LSHR, 8 * r).and(255).lanewise(LSHL, 1))
                  .add(c.lanewise(LSHR, 8 * r).and(255).lanewise(LSHL, 2))
                  .convert(I2F, 0)
                  .reinterpretAsFloats()
                  .mul(weight))
          .intoArray(scores, to + r * Lanes.L);
    }
  }
}
