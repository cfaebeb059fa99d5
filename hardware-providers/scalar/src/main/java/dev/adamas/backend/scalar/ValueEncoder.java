package dev.adamas.backend.scalar;

import dev.adamas.api.KvView;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;

/**
 * Page means of values, and codes of what these means miss. One encoder serves one thread; its
 * buffers only grow.
 */
final class ValueEncoder {

  private final int headDim;
  private final CacheReader reader;
  private final double[] sums;
  private final float[] base;
  private float[] residuals = new float[0];
  private MemorySegment residualsSegment = MemorySegment.ofArray(residuals);
  private MemorySegment transformed = MemorySegment.ofArray(new float[0]);

  ValueEncoder(int headDim) {
    this.headDim = headDim;
    this.reader = new CacheReader(headDim);
    this.sums = new double[headDim];
    this.base = new float[headDim];
  }

  /**
   * The mean value of tokens {@code [from, to)}: summed in double precision in order of position
   * (exact for fp16), divided, rounded to float32 and then to the cache's type.
   *
   * @param mean a row of the cache's type, written
   */
  void mean(KvView cache, int head, int from, int to, MemorySegment mean) {
    java.util.Arrays.fill(sums, 0);
    for (int token = from; token < to; token++) {
      reader.value(cache, token, head, base, 0);
      for (int j = 0; j < headDim; j++) {
        sums[j] += base[j];
      }
    }
    for (int j = 0; j < headDim; j++) {
      base[j] = (float) (sums[j] / (to - from));
    }
    CacheReader.write(base, cache.type(), mean);
  }

  /**
   * Codes the values of tokens {@code [from, to)}: the float32 difference from the base,
   * transformed and quantised.
   *
   * @param baseRow a row of the cache's type
   * @param codes a code per token, written
   */
  void encode(
      Tail.Residual residual,
      KvView cache,
      int head,
      int from,
      int to,
      MemorySegment baseRow,
      MemorySegment codes) {
    int rows = to - from;
    int dim = residual.transform().outputDim(headDim);
    reserve(rows, dim);
    reader.row(baseRow, 0, cache.type(), base, 0);
    for (int i = 0; i < rows; i++) {
      reader.value(cache, from + i, head, residuals, i * headDim);
      for (int j = 0; j < headDim; j++) {
        residuals[i * headDim + j] -= base[j];
      }
    }
    residual.transform().apply(residualsSegment, rows, headDim, transformed);
    residual.quantizer().encode(transformed, rows, dim, codes);
  }

  private void reserve(int rows, int dim) {
    int size = Math.multiplyExact(rows, headDim);
    if (residuals.length < size) {
      residuals = new float[size];
      residualsSegment = MemorySegment.ofArray(residuals);
      transformed = MemorySegment.ofArray(new float[Math.multiplyExact(rows, dim)]);
    }
  }
}
