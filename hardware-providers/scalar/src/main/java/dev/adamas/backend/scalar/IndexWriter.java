package dev.adamas.backend.scalar;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import dev.adamas.api.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Brings tokens of a cache into an index, and follows truncations, on all threads. */
final class IndexWriter {

  private final LayerPlan.Sparse plan;
  private final Pipeline pipeline;
  private final Optional<Tail.Residual> residual;
  private final ModelShape shape;
  private final Workers workers;
  private final KeyEncoder[] keyEncoders;
  private final ValueEncoder[] valueEncoders;

  IndexWriter(LayerPlan.Sparse plan, ModelShape shape, Workers workers) {
    this.plan = plan;
    this.pipeline = plan.pipeline();
    this.residual =
        plan.tail() instanceof Tail.PageMeans means ? means.residual() : Optional.empty();
    this.shape = shape;
    this.workers = workers;
    this.keyEncoders = new KeyEncoder[workers.threads()];
    Arrays.setAll(keyEncoders, _ -> new KeyEncoder(pipeline, shape.headDim()));
    this.valueEncoders = new ValueEncoder[workers.threads()];
    Arrays.setAll(valueEncoders, _ -> new ValueEncoder(shape.headDim()));
  }

  /** Brings in tokens {@code [from, to)}; before calibration is possible, nothing. */
  void append(KvView cache, ScalarIndex index, int from, int to) {
    int firstNew = from;
    if (!index.isEncoded()) {
      int calibrationLength = cache.calibrationLength();
      if (to < calibrationLength) {
        return;
      }
      calibrate(cache, index, calibrationLength);
      firstNew = 0;
    } else {
      checkCalibration(cache, index);
    }
    if (firstNew < to) {
      encodeKeys(cache, index, firstNew, to);
      int first = firstNew;
      index.tail.ifPresent(tail -> encodeValues(cache, tail, first, to));
    }
  }

  private void calibrate(KvView cache, ScalarIndex index, int count) {
    Quantizer[] calibrated = new Quantizer[shape.kvHeads()];
    Arrays.fill(calibrated, pipeline.quantizer());
    index.tail.ifPresent(tail -> tail.reserve(count, cache.type()));
    workers.run(
        calibrated.length,
        (head, worker) -> {
          calibrated[head] = keyEncoders[worker].calibrate(cache, head, count);
          index.tail.ifPresent(
              tail ->
                  valueEncoders[worker].mean(cache, head, 0, count, tail.calibrationMean(head)));
        });
    index.quantizers = List.of(calibrated);
    index.calibratedOn = count;
  }

  /** Refuses an index that was calibrated on other rows than the cache says now. */
  void checkCalibration(KvView cache, ScalarIndex index) {
    if (plan.needsCalibration()
        && index.isEncoded()
        && index.calibratedOn != cache.calibrationLength()) {
      throw new IllegalStateException(
          "The index was calibrated on %d tokens, the cache now says %d; open another index."
              .formatted(index.calibratedOn, cache.calibrationLength()));
    }
  }

  /** Encodes the codes that cover tokens {@code [from, to)}. */
  private void encodeKeys(KvView cache, ScalarIndex index, int from, int to) {
    index.codes.reserve(index.codes(to));
    boolean refined = residual.isPresent() && residual.get().refinesKeys();
    index.tail.ifPresent(tail -> tail.reserve(to, cache.type()));
    if (pipeline.quantizer().locality() == Quantizer.Locality.SEQUENCE) {
      workers.run(
          shape.kvHeads(), (head, worker) -> encodeSequence(cache, index, head, worker, to));
      return;
    }
    int rowsPerCode = pipeline.quantizer().rowsPerCode();
    int firstCode = from / rowsPerCode;
    int endCode = index.codes(to);
    int firstBlock = firstCode / ScalarIndex.BLOCK;
    int blocks = (endCode - 1) / ScalarIndex.BLOCK + 1 - firstBlock;
    workers.run(
        blocks * shape.kvHeads(),
        (task, worker) -> {
          int head = task % shape.kvHeads();
          int block = firstBlock + task / shape.kvHeads();
          int first = Math.max(firstCode, block * ScalarIndex.BLOCK);
          int end = Math.min(endCode, (block + 1) * ScalarIndex.BLOCK);
          Quantizer quantizer = index.quantizers.get(head);
          int start = first * rowsPerCode;
          int stop = Math.min(to, end * rowsPerCode);
          MemorySegment codes = index.codes.rows(head, first, end - first);
          keyEncoders[worker].encode(cache, head, quantizer, start, stop, codes);
          if (refined) {
            MemorySegment misses =
                index.tail.orElseThrow().keyCodes.orElseThrow().rows(head, start, stop - start);
            keyEncoders[worker].encodeMisses(
                cache,
                head,
                quantizer,
                residual.orElseThrow().quantizer(),
                start,
                stop,
                codes,
                misses);
          }
        });
  }

  /** Codes that depend on the whole sequence are made anew, side by side, and copied to blocks. */
  private void encodeSequence(KvView cache, ScalarIndex index, int head, int worker, int to) {
    Quantizer quantizer = index.quantizers.get(head);
    int codes = index.codes(to);
    int bytes = Math.multiplyExact(codes, index.codes.rowBytes());
    MemorySegment all = MemorySegment.ofArray(new byte[bytes]);
    keyEncoders[worker].encode(cache, head, quantizer, 0, to, all);
    index.codes.put(head, 0, codes, all);
  }

  /**
   * Follows values of tokens {@code [from, to)}: pages that filled get their mean and are coded as
   * a whole, then what lies in the open page is coded against the page before it.
   */
  private void encodeValues(KvView cache, TailIndex tail, int from, int to) {
    tail.reserve(to, cache.type());
    int pageTokens = tail.pageTokens;
    int firstPage = from / pageTokens;
    int openPage = to / pageTokens;
    workers.run(
        (openPage - firstPage) * shape.kvHeads(),
        (task, worker) -> {
          int head = task % shape.kvHeads();
          int page = firstPage + task / shape.kvHeads();
          int start = page * pageTokens;
          int end = start + pageTokens;
          valueEncoders[worker].mean(cache, head, start, end, tail.mean(head, page));
          encodePage(cache, tail, head, worker, start, end, to);
        });
    int open = Math.max(from, openPage * pageTokens);
    if (open < to) {
      workers.run(
          shape.kvHeads(), (head, worker) -> encodePage(cache, tail, head, worker, open, to, to));
    }
  }

  /** Codes values of one page, as a sequence of {@code length} tokens sees it. */
  private void encodePage(
      KvView cache, TailIndex tail, int head, int worker, int from, int to, int length) {
    if (residual.isEmpty()) {
      return;
    }
    CodeBlocks blocks = tail.codes.orElseThrow();
    int bytes = Math.multiplyExact(to - from, blocks.rowBytes());
    MemorySegment codes = MemorySegment.ofArray(new byte[bytes]);
    MemorySegment base = tail.base(head, from / tail.pageTokens, length);
    valueEncoders[worker].encode(residual.get(), cache, head, from, to, base, codes);
    blocks.put(head, from, to - from, codes);
  }

  /** Shortens an index to {@code length} tokens, fewer than it has. */
  void truncate(KvView cache, ScalarIndex index, int length) {
    if (!index.isEncoded()) {
      return;
    }
    if (plan.needsCalibration() && length < cache.calibrationLength()) {
      index.drop();
      return;
    }
    Quantizer quantizer = pipeline.quantizer();
    if (length > 0
        && (quantizer.locality() == Quantizer.Locality.SEQUENCE
            || length % quantizer.rowsPerCode() != 0)) {
      // The last page became open: its code covers fewer tokens now.
      encodeKeys(cache, index, length - 1, length);
    }
    index.tail.ifPresent(
        tail -> {
          int start = length / tail.pageTokens * tail.pageTokens;
          if (start < length && start + tail.pageTokens <= index.length) {
            // The page was complete and coded against its own mean.
            encodeValues(cache, tail, start, length);
          }
        });
  }
}
