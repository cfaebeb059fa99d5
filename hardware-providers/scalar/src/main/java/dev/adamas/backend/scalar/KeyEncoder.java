package dev.adamas.backend.scalar;

import dev.adamas.api.KvView;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/**
 * Turns keys of a cache into codes, and into codes of what these miss. One encoder serves one
 * thread; its buffers only grow.
 */
final class KeyEncoder {

  /** Keys encoded at a time, where a page is not larger. */
  private static final int ROWS = 64;

  private final Pipeline pipeline;
  private final int headDim;
  private final int dim;
  private final CacheReader reader;
  private float[] keys = new float[0];
  private MemorySegment keysSegment = MemorySegment.ofArray(keys);
  private float[] transformedRows = new float[0];
  private MemorySegment transformed = MemorySegment.ofArray(transformedRows);
  private float[] decodedRows = new float[0];

  KeyEncoder(Pipeline pipeline, int headDim) {
    this.pipeline = pipeline;
    this.headDim = headDim;
    this.dim = pipeline.transform().outputDim(headDim);
    this.reader = new CacheReader(headDim);
  }

  /** Measures the keys of tokens {@code [0, count)}. */
  Quantizer calibrate(KvView cache, int head, int count) {
    // Calibration happens once per sequence; the rows are not kept.
    float[] rows = new float[Math.multiplyExact(count, headDim)];
    for (int token = 0; token < count; token++) {
      reader.key(cache, token, head, rows, token * headDim);
    }
    return pipeline
        .quantizer()
        .calibrate(pipeline.transform(), MemorySegment.ofArray(rows), count, headDim);
  }

  /**
   * Encodes tokens {@code [from, to)}.
   *
   * @param quantizer the calibrated quantiser of the head
   * @param from first token of a code; 0 where codes depend on the whole sequence
   * @param codes as many codes as cover the tokens, written
   */
  void encode(KvView cache, int head, Quantizer quantizer, int from, int to, MemorySegment codes) {
    int rowsPerCode = quantizer.rowsPerCode();
    int codeBytes = quantizer.codeBytes(dim);
    int chunk =
        switch (quantizer.locality()) {
          case ROW, PAGE -> Math.max(1, ROWS / rowsPerCode) * rowsPerCode;
          case SEQUENCE -> to - from;
        };
    reserve(Math.min(chunk, to - from));
    for (int first = from; first < to; first += chunk) {
      int rows = Math.min(chunk, to - first);
      transform(cache, head, first, rows);
      long at = (long) (first - from) / rowsPerCode * codeBytes;
      quantizer.encode(transformed, rows, dim, codes.asSlice(at));
    }
  }

  /**
   * Codes what the codes of tokens {@code [from, to)} miss, where each token has its own.
   *
   * @param codes those that {@link #encode} made of them
   * @param misses a code per token, written
   */
  void encodeMisses(
      KvView cache,
      int head,
      Quantizer quantizer,
      Quantizer residual,
      int from,
      int to,
      MemorySegment codes,
      MemorySegment misses) {
    int codeBytes = quantizer.codeBytes(dim);
    int missBytes = residual.codeBytes(dim);
    reserve(Math.min(ROWS, to - from));
    if (decodedRows.length < transformedRows.length) {
      decodedRows = new float[transformedRows.length];
    }
    MemorySegment decoded = MemorySegment.ofArray(decodedRows);
    for (int first = from; first < to; first += ROWS) {
      int rows = Math.min(ROWS, to - first);
      transform(cache, head, first, rows);
      quantizer.decode(codes.asSlice((long) (first - from) * codeBytes), rows, dim, decoded);
      for (int j = 0; j < rows * dim; j++) {
        transformedRows[j] -= decodedRows[j];
      }
      residual.encode(transformed, rows, dim, misses.asSlice((long) (first - from) * missBytes));
    }
  }

  private void transform(KvView cache, int head, int first, int rows) {
    for (int i = 0; i < rows; i++) {
      reader.key(cache, first + i, head, keys, i * headDim);
    }
    pipeline.transform().apply(keysSegment, rows, headDim, transformed);
  }

  private void reserve(int rows) {
    int size = Math.multiplyExact(rows, headDim);
    if (keys.length < size) {
      keys = new float[size];
      keysSegment = MemorySegment.ofArray(keys);
      transformedRows = new float[Math.multiplyExact(rows, dim)];
      transformed = MemorySegment.ofArray(transformedRows);
    }
  }
}
