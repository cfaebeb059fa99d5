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
 * {@code manhattan@1} over two-bit codes, as a count of agreements.
 *
 * <p>With the high and low bits h, l of a key, g, f of a query: the low bits of the distance of two
 * codes are {@code l ^ f}, its high bit is {@code (h ^ g) & ~((h ^ l) & (g ^ f))}. Counting their
 * complements saves the negations: {@code distance = 3·dim - Σ (l ^ ~f) - 2·Σ ((h ^ ~g) | ((h ^ l)
 * & (g ^ f)))}.
 *
 * <p>Bits of several columns are added by full adders before they are counted (Harley and Seal): a
 * byte-wise population count takes ten instructions on AVX2, a full adder five.
 */
final class ScoreManhattan implements ScoreCodes {

  private static final int LANES = CodePlanes.LANES;

  /** Columns that are scored in one constant loop. */
  private static final int GROUP = PlaneQueries.GROUP;

  /** Bytes of a group of columns of a block. */
  private static final long CODES = 2L * GROUP * CodePlanes.ROW;

  private static final int ROWS = 3;

  /** Bytes of a group of columns of a query. */
  private static final int QUERY = GROUP * ROWS * LANES;

  private final int groups;
  private final int dim;
  private final int blockBytes;
  private final PlaneQueries queries;

  ScoreManhattan(CodePlanes layout, int heads) {
    groups = layout.columns() / GROUP;
    dim = layout.columns() * Byte.SIZE;
    blockBytes = layout.blockBytes();
    queries = new PlaneQueries(heads, layout.columns(), ROWS);
  }

  @Override
  public void query(int head, Quantizer quantizer, MemorySegment prepared) {
    int columns = dim / Byte.SIZE;
    for (int column = 0; column < columns; column++) {
      int high = PlaneQueries.bits(prepared, column);
      int low = PlaneQueries.bits(prepared, columns + column);
      queries.set(head, column, 0, ~high);
      queries.set(head, column, 1, high ^ low);
      queries.set(head, column, 2, ~low);
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
    for (int block = 0; block < end; block++) {
      long from = offset + (long) block * blockBytes;
      for (int head = 0; head < heads; head++) {
        for (int s = 0; s < SparseIndex.BLOCK; s += LANES) {
          int to = at + head * pitch + block * SparseIndex.BLOCK + s;
          lanes(blocks, from, groups, queries.rows(), head, s, 3 * dim, scores, to);
        }
      }
    }
  }

  private static void lanes(
      MemorySegment codes,
      long from,
      int groups,
      byte[] queries,
      int head,
      int s,
      int most,
      float[] scores,
      int to) {
    ByteVector ones = ByteVector.zero(CodePlanes.B);
    ByteVector twos = ByteVector.zero(CodePlanes.B);
    ByteVector fours = ByteVector.zero(CodePlanes.B);
    ByteVector eights = ByteVector.zero(CodePlanes.B);
    for (int group = 0; group < groups; group++) {
      MemorySegment key = codes.asSlice(from + group * CODES, CODES);
      int query = (head * groups + group) * QUERY;
      for (int j = 0; j < GROUP; j += 2) {
        int k = j * 2 * CodePlanes.ROW + s;
        int q = query + j * ROWS * LANES;
        ByteVector high = PlaneQueries.row(key, k);
        ByteVector low = PlaneQueries.row(key, k + CodePlanes.ROW);
        ByteVector a =
            high.lanewise(XOR, low)
                .and(PlaneQueries.row(queries, q + LANES))
                .or(high.lanewise(XOR, PlaneQueries.row(queries, q)));
        ByteVector c = low.lanewise(XOR, PlaneQueries.row(queries, q + 2 * LANES));
        high = PlaneQueries.row(key, k + 2 * CodePlanes.ROW);
        low = PlaneQueries.row(key, k + 3 * CodePlanes.ROW);
        ByteVector b =
            high.lanewise(XOR, low)
                .and(PlaneQueries.row(queries, q + 4 * LANES))
                .or(high.lanewise(XOR, PlaneQueries.row(queries, q + 3 * LANES)));
        ByteVector d = low.lanewise(XOR, PlaneQueries.row(queries, q + 5 * LANES));
        ByteVector x = ones.lanewise(XOR, c);
        ByteVector t = ones.and(c).or(x.and(d));
        ones = x.lanewise(XOR, d);
        x = a.lanewise(XOR, b);
        ByteVector f = a.and(b).or(x.and(t));
        x = x.lanewise(XOR, t);
        t = twos.and(x);
        twos = twos.lanewise(XOR, x);
        x = fours.lanewise(XOR, f);
        f = fours.and(f).or(x.and(t));
        fours = x.lanewise(XOR, t);
        eights = eights.add(f.lanewise(BIT_COUNT));
      }
    }
    twos = twos.lanewise(BIT_COUNT);
    fours = fours.lanewise(BIT_COUNT);
    twos = twos.add(fours).add(fours);
    ones = ones.lanewise(BIT_COUNT).add(twos).add(twos);
    IntVector few = ones.reinterpretAsInts();
    IntVector many = eights.reinterpretAsInts();
    for (int r = 0; r < 4; r++) {
      IntVector sum =
          few.lanewise(LSHR, 8 * r)
              .and(255)
              .add(many.lanewise(LSHR, 8 * r).and(255).lanewise(LSHL, 3));
      IntVector.broadcast(Lanes.I, most)
          .sub(sum)
          .convert(I2F, 0)
          .reinterpretAsFloats()
          .intoArray(scores, to + r * Lanes.L);
    }
  }
}
