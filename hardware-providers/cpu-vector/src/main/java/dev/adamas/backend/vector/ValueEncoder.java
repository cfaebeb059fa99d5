package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * Page means of values, and codes of what they miss by the plan's own transform and quantiser. One
 * encoder serves one worker.
 */
final class ValueEncoder {

  /** Rows encoded at a time. */
  private static final int ROWS = SparseIndex.BLOCK;

  private final Tail.PageMeans tail;
  private final int headDim;
  private final int dim;
  private final CacheRows reader;
  private final float[] rows;
  private final MemorySegment rowsSegment;
  private final MemorySegment transformed;
  private final double[] sums;
  private final float[] base;
  private final Optional<BucketCuts> cuts;
  private final BucketEncoder buckets;

  ValueEncoder(Tail.PageMeans tail, int headDim) {
    this.tail = tail;
    this.headDim = headDim;
    reader = new CacheRows(headDim);
    rows = new float[ROWS * headDim];
    rowsSegment = MemorySegment.ofArray(rows);
    dim = tail.residual().map(r -> r.transform().outputDim(headDim)).orElse(0);
    transformed = MemorySegment.ofArray(new float[ROWS * dim]);
    sums = new double[headDim];
    base = new float[headDim];
    cuts = tail.residual().flatMap(r -> BucketCuts.of(r.transform(), r.quantizer(), headDim));
    buckets = new BucketEncoder(headDim, dim);
  }

  /** Writes the mean value of tokens {@code [from, to)}: exact sums for fp16, rounded once. */
  void mean(KvView cache, int head, int from, int to, MemorySegment mean) {
    Arrays.fill(sums, 0);
    for (int token = from; token < to; token += ROWS) {
      int count = Math.min(ROWS, to - token);
      reader.values(cache, head, token, token + count, rows);
      add(rows, count, headDim, sums);
    }
    for (int j = 0; j < headDim; j++) {
      base[j] = (float) (sums[j] / (to - from));
    }
    CacheRows.write(base, cache.type(), mean, 0);
  }

  /**
   * Writes the mean of a page that is complete, and codes its values against it.
   *
   * @param codes as in {@link #encode}
   */
  void page(KvView cache, int head, int from, int to, MemorySegment mean, byte[] codes) {
    mean(cache, head, from, to, mean);
    if (to - from > ROWS) {
      encode(cache, head, from, to, mean, codes);
    } else if (tail.residual().isPresent()) {
      // Its rows are still here.
      reader.row(mean, 0, cache.type(), base, 0);
      encode(tail.residual().get(), to - from, codes, 0);
    }
  }

  /**
   * Codes the values of tokens {@code [from, to)} of one page; does nothing where the tail has no
   * value codes.
   *
   * @param baseRow what they are coded against, in the cache's type
   * @param codes a code per token, written
   */
  void encode(KvView cache, int head, int from, int to, MemorySegment baseRow, byte[] codes) {
    if (tail.residual().isEmpty()) {
      return;
    }
    Tail.Residual residual = tail.residual().get();
    int codeBytes = residual.quantizer().codeBytes(dim);
    reader.row(baseRow, 0, cache.type(), base, 0);
    for (int token = from; token < to; token += ROWS) {
      int count = Math.min(ROWS, to - token);
      reader.values(cache, head, token, token + count, rows);
      encode(residual, count, codes, (token - from) * codeBytes);
    }
  }

  /** Codes the rows at hand, which become differences from the base. */
  private void encode(Tail.Residual residual, int count, byte[] codes, int at) {
    subtract(rows, count, headDim, base);
    if (cuts.isEmpty() || !buckets.encode(cuts.get(), rows, count, codes, at)) {
      residual.transform().apply(rowsSegment, count, headDim, transformed);
      residual
          .quantizer()
          .encode(transformed, count, dim, MemorySegment.ofArray(codes).asSlice(at));
    }
  }

  /** Adds rows in order of position. */
  private static void add(float[] rows, int count, int dim, double[] sums) {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < dim; j++) {
        sums[j] += rows[i * dim + j];
      }
    }
  }

  private static void subtract(float[] rows, int count, int dim, float[] base) {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < dim; j += Lanes.L) {
        FloatVector.fromArray(Lanes.F, rows, i * dim + j)
            .sub(FloatVector.fromArray(Lanes.F, base, j))
            .intoArray(rows, i * dim + j);
      }
    }
  }
}
