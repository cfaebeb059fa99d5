package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Turns keys of a cache into codes by the pipeline's own transform and quantiser, so that codes are
 * the same in every backend. One encoder serves one worker.
 */
final class SparseEncoder {

  /** Codes encoded at a time, where a code is one token. */
  private static final int ROWS = SparseIndex.BLOCK;

  private final Pipeline pipeline;
  private final Transform transform;
  private final CodeLayout layout;
  private final int headDim;
  private final int dim;
  private final int rowsPerCode;
  private final int codesAtOnce;
  private final int codeBytes;
  private final CacheRows reader;
  private final float[] keys;
  private final MemorySegment keysSegment;
  private final MemorySegment transformed;
  private final byte[] codes;
  private final MemorySegment codesSegment;
  private final BucketEncoder buckets;
  private final Optional<PageEncoder> pages;

  /** Codes what keys' codes miss, where a tail refines keys. */
  private final Optional<MissEncoder> misses;

  SparseEncoder(LayerPlan.Sparse plan, CodeLayout layout, int headDim) {
    pipeline = plan.pipeline();
    this.layout = layout;
    this.headDim = headDim;
    transform = VectorHadamard.of(pipeline.transform(), headDim);
    dim = transform.outputDim(headDim);
    rowsPerCode = pipeline.quantizer().rowsPerCode();
    codeBytes = pipeline.quantizer().codeBytes(dim);
    codesAtOnce = Math.max(1, ROWS / rowsPerCode);
    int rows = Math.multiplyExact(codesAtOnce, rowsPerCode);
    reader = new CacheRows(headDim);
    keys = new float[Math.multiplyExact(rows, headDim)];
    keysSegment = MemorySegment.ofArray(keys);
    transformed = MemorySegment.ofArray(new float[Math.multiplyExact(rows, dim)]);
    codes = new byte[Math.multiplyExact(codesAtOnce, codeBytes)];
    codesSegment = MemorySegment.ofArray(codes);
    buckets = new BucketEncoder(headDim, dim);
    pages = PageEncoder.of(pipeline, headDim);
    misses =
        SparsePlans.tail(plan)
            .flatMap(Tail.PageMeans::residual)
            .filter(Tail.Residual::refinesKeys)
            .map(r -> new MissEncoder(transform, r.quantizer(), headDim, rows));
  }

  /** Measures the keys of tokens {@code [0, count)}; the rows are not kept. */
  KeyQuantizer calibrate(KvView cache, int head, int count) {
    Quantizer calibrated =
        pipeline
            .quantizer()
            .calibrate(
                transform,
                (from, to, rows) -> reader.keys(cache, head, from, to, rows),
                count,
                headDim);
    return KeyQuantizer.of(transform, calibrated, headDim);
  }

  /**
   * Encodes the codes that cover tokens {@code [from, to)}.
   *
   * @param from first token of a code
   * @param blocks memory that starts a block at {@code offset}, in which {@code firstCode} is
   * @param firstCode number of the first code from the start of that block
   * @param tail where codes of what these miss go, where keys are refined
   */
  void encode(
      KvView cache,
      int head,
      KeyQuantizer quantizer,
      int from,
      int to,
      MemorySegment blocks,
      long offset,
      int firstCode,
      Optional<TailIndex> tail) {
    int code = firstCode;
    for (int token = from; token < to; token += codesAtOnce * rowsPerCode) {
      int rows = Math.min(to - token, codesAtOnce * rowsPerCode);
      reader.keys(cache, head, token, token + rows, keys);
      if (pages.isPresent()) {
        pages.get().encode(keys, rows, codes);
      } else if (quantizer.cuts().isEmpty()
          || !buckets.encode(quantizer.cuts().get(), keys, rows, codes, 0)) {
        transform.apply(keysSegment, rows, headDim, transformed);
        quantizer.quantizer().encode(transformed, rows, dim, codesSegment);
      }
      if (misses.isPresent()) {
        TailIndex index = tail.orElseThrow();
        byte[] coded = misses.get().encode(quantizer, keysSegment, rows, codes);
        index.store(index.keys(), head, token, rows, coded);
      }
      int count = (rows + rowsPerCode - 1) / rowsPerCode;
      for (int i = 0; i < count; i++, code++) {
        long block = offset + (long) (code / SparseIndex.BLOCK) * layout.blockBytes();
        layout.place(codes, i * codeBytes, blocks, block, code % SparseIndex.BLOCK);
      }
    }
  }
}
