package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of one query head with sixteen-bit rows that lie anywhere, straight from the cache: a
 * row that serves one head only is not worth a tile.
 *
 * <p>Rows are read in pieces of constant size, each a slice: its bounds are checked once, and the
 * constant loop over it has no check left.
 */
final class GatherRows {

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  /** Numbers of a piece. */
  private static final int PIECE = 4 * Lanes.L;

  private static final long PIECE_BYTES = (long) PIECE * Short.BYTES;

  private GatherRows() {}

  /** Whether rows of {@code dim} numbers are made of whole pieces. */
  static boolean fits(int dim) {
    return dim % PIECE == 0;
  }

  /**
   * Scores of rows. Lanes are added for many rows at once, since a sum across lanes is a chain of
   * shuffles, as long as the rest of a row.
   *
   * @param query {@code [dim]}, in the order of widened rows
   * @param products scratch, {@code [Scratch.TILE][Lanes.L]}
   */
  static void scores(
      MemorySegment[] pages,
      int[] page,
      long[] at,
      int rows,
      int dim,
      float[] query,
      int shift,
      int mask,
      float[] scores,
      float[] products) {
    for (int i = 0; i < rows; i++) {
      FloatVector a = FloatVector.zero(Lanes.F);
      FloatVector b = FloatVector.zero(Lanes.F);
      for (int from = 0; from < dim; from += PIECE) {
        MemorySegment row = pages[page[i]].asSlice(at[i] + (long) from * Short.BYTES, PIECE_BYTES);
        for (int j = 0; j < PIECE; j += 2 * Lanes.L) {
          IntVector pair = IntVector.fromMemorySegment(Lanes.I, row, j * 2L, LE);
          a =
              pair.lanewise(VectorOperators.LSHL, 16)
                  .lanewise(VectorOperators.ASHR, shift)
                  .and(mask)
                  .reinterpretAsFloats()
                  .fma(FloatVector.fromArray(Lanes.F, query, from + j), a);
          b =
              pair.lanewise(VectorOperators.ASHR, shift)
                  .and(mask)
                  .reinterpretAsFloats()
                  .fma(FloatVector.fromArray(Lanes.F, query, from + j + Lanes.L), b);
        }
      }
      a.add(b).intoArray(products, i * Lanes.L);
    }
    Scores.lanes(products, 0, rows, scores, 0);
  }

  /** Adds weighted rows to {@code sums}, {@code [dim]} in the order of widened rows. */
  static void add(
      MemorySegment[] pages,
      int[] page,
      long[] at,
      int rows,
      int dim,
      float[] weights,
      int shift,
      int mask,
      float[] sums) {
    for (int from = 0; from < dim; from += PIECE) {
      piece(pages, page, at, rows, from, weights, shift, mask, sums);
    }
  }

  private static void piece(
      MemorySegment[] pages,
      int[] page,
      long[] at,
      int rows,
      int from,
      float[] weights,
      int shift,
      int mask,
      float[] sums) {
    FloatVector a = FloatVector.fromArray(Lanes.F, sums, from);
    FloatVector b = FloatVector.fromArray(Lanes.F, sums, from + Lanes.L);
    FloatVector c = FloatVector.fromArray(Lanes.F, sums, from + 2 * Lanes.L);
    FloatVector d = FloatVector.fromArray(Lanes.F, sums, from + 3 * Lanes.L);
    for (int i = 0; i < rows; i++) {
      MemorySegment row = pages[page[i]].asSlice(at[i] + (long) from * Short.BYTES, PIECE_BYTES);
      FloatVector weight = FloatVector.broadcast(Lanes.F, weights[i]);
      // Spelled out: helpers on vectors may be compiled by themselves, and then box them.
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, row, 0, LE);
      a =
          pair.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, shift)
              .and(mask)
              .reinterpretAsFloats()
              .fma(weight, a);
      b = pair.lanewise(VectorOperators.ASHR, shift).and(mask).reinterpretAsFloats().fma(weight, b);
      pair = IntVector.fromMemorySegment(Lanes.I, row, 4L * Lanes.L, LE);
      c =
          pair.lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, shift)
              .and(mask)
              .reinterpretAsFloats()
              .fma(weight, c);
      d = pair.lanewise(VectorOperators.ASHR, shift).and(mask).reinterpretAsFloats().fma(weight, d);
    }
    a.intoArray(sums, from);
    b.intoArray(sums, from + Lanes.L);
    c.intoArray(sums, from + 2 * Lanes.L);
    d.intoArray(sums, from + 3 * Lanes.L);
  }
}
