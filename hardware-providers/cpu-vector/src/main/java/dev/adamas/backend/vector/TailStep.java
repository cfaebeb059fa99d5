package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The share of the tokens outside a selection in the attention of some query heads of one KV head.
 * One instance serves one worker.
 *
 * <p>A row goes through {@link #begin}, has its codes scored into {@link TailWeights#scores}, is
 * weighed head by head once its selections are known, goes through {@link #addResiduals} and {@link
 * #addPages} for all heads together, since they read the same memory, and through {@link #mix} for
 * each head once it has attended to its selection.
 */
final class TailStep {

  private final Tail.PageMeans tail;
  private final int headDim;
  private final ValueEncoder encoder;
  private final TailWeights weights;
  private final Optional<ResidualSums> residuals;

  /** Weighted means, {@code [heads][headDim]} in the order of widened rows. */
  private final float[] pageSums;

  /** Decoded residuals of heads, {@code [heads][headDim]}. */
  private final float[] residualSums;

  private final float[] row;
  private NumberFormat format = NumberFormat.of(KvType.F16);

  // The row at hand.
  private int kvHead;
  private int visible;
  private byte[] ownCodes = {};
  private MemorySegment ownSegment = MemorySegment.ofArray(ownCodes);
  private int ownFrom;

  TailStep(Tail.PageMeans tail, ModelShape shape) {
    this.tail = tail;
    headDim = shape.headDim();
    encoder = new ValueEncoder(tail, headDim);
    weights = new TailWeights(tail, shape);
    int group = shape.groupSize();
    residuals = tail.residual().map(r -> new ResidualSums(r, headDim, group));
    pageSums = new float[group * headDim];
    residualSums = new float[residuals.isPresent() ? group * headDim : 0];
    row = new float[headDim];
  }

  ValueEncoder encoder() {
    return encoder;
  }

  /** What the tokens of the row weigh. */
  TailWeights weights() {
    return weights;
  }

  /** Tokens of the second tier that a row may have. */
  int tier(int visible) {
    return tail.residual().map(r -> r.tokens().limit(visible)).orElse(0);
  }

  /**
   * Starts a row.
   *
   * @param length tokens of the index; a row that sees fewer may see a page as open that is
   *     complete in the index, and then codes its values for itself
   */
  void begin(KvView cache, TailIndex index, int kvHead, int visible, int length) {
    this.kvHead = kvHead;
    this.visible = visible;
    if (format.type() != cache.type()) {
      format = NumberFormat.of(cache.type());
    }
    // As softmax weights do, those of pages make up for sixteen-bit rows that are too small.
    weights.begin(visible, Math.scalb(1f, (int) format.weightExponent()));
    ownFrom = visible;
    int pageTokens = tail.pageTokens();
    int start = visible / pageTokens * pageTokens;
    if (tail.residual().isPresent() && start < visible && start + pageTokens <= length) {
      ownFrom = start;
      int bytes = pageTokens * index.values().codeBytes();
      if (ownCodes.length < bytes) {
        ownCodes = new byte[bytes];
        ownSegment = MemorySegment.ofArray(ownCodes);
      }
      MemorySegment base = index.base(kvHead, start / pageTokens, visible);
      encoder.encode(cache, kvHead, start, visible, base, ownCodes);
    }
  }

  /**
   * Adds up the value codes of all heads, which were weighed.
   *
   * @param tiers tokens of the second tier of each list; what else is among them weighs nothing
   * @param together heads that share a list
   */
  void addResiduals(TailIndex index, int[][] tiers, int[] counts, int lists, int together) {
    if (residuals.isEmpty()) {
      return;
    }
    ResidualSums sums = residuals.get();
    for (int list = 0; list < lists; list++) {
      if (counts[list] == 0) {
        continue;
      }
      sums.codes()
          .read(index, index.values(), kvHead, ownSegment, ownFrom, tiers[list], counts[list]);
      int head = list * together;
      int pitch = weights.tierPitch();
      sums.sum(weights.tier(), head * pitch, pitch, together, residualSums, head * headDim);
    }
  }

  /** Adds weighted means for the first {@code count} heads, all of which were weighed. */
  void addPages(TailIndex index, KvView cache, int count, Scratch s) {
    s.forHeads(count, headDim);
    Arrays.fill(pageSums, 0, count * headDim, 0);
    int complete = visible / tail.pageTokens();
    boolean open = visible % tail.pageTokens() != 0;
    for (int first = 0; first < complete; first += TailIndex.MEANS) {
      int rows = Math.min(TailIndex.MEANS, complete - first);
      widen(index.means(first), index.meanAt(kvHead, first), rows * headDim, s.values);
      addRows(first, rows, count, s);
    }
    if (open) {
      MemorySegment base = index.base(kvHead, complete, visible);
      widen(base, 0, headDim, s.values);
      addRows(complete, 1, count, s);
    }
  }

  private void widen(MemorySegment source, long at, int numbers, float[] target) {
    if (format.type() == KvType.F32) {
      Widen.floats(source, at, numbers, target, 0);
    } else {
      Widen.halves(source, at, numbers, target, 0, format.shift(), format.mask());
    }
  }

  private void addRows(int page, int rows, int count, Scratch s) {
    for (int head = 0; head < count; ) {
      int together = count - head >= 4 ? 4 : count - head >= 2 ? 2 : 1;
      WeightedSum.add(
          together,
          s.values,
          headDim,
          rows,
          weights.pages(),
          head * weights.pagePitch() + page,
          weights.pagePitch(),
          pageSums,
          head * headDim);
      head += together;
    }
  }

  /**
   * Mixes a head's tail into what it attended to.
   *
   * @param largest its largest exact logit, a power of two
   * @param total weights of its selected tokens relative to that, summed, as {@link Scratch} has it
   * @param output float32 {@code [headDim]} from byte {@code at} on: their weighted mean, replaced
   */
  void mix(int head, float largest, float total, MemorySegment output, long at) {
    int exponent = (int) format.weightExponent();
    if (!weights.divide(head, largest, Math.scalb((double) total, -exponent))) {
      return;
    }
    float exactShare = weights.exactShare();
    float tailShare = weights.tailShare();
    boolean hasTier = weights.hasTier(head);
    format.restore(
        pageSums, head * headDim, headDim, format.outputScale() / Math.scalb(1f, exponent), row);
    for (int j = 0; j < headDim; j++) {
      float value = row[j] + (hasTier ? residualSums[head * headDim + j] : 0);
      long to = at + (long) j * Float.BYTES;
      output.set(
          CacheRows.FLOAT, to, exactShare * output.get(CacheRows.FLOAT, to) + tailShare * value);
    }
  }
}
