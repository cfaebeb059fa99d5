package dev.adamas.backend.scalar;

import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The share of the tokens outside a selection in a query head's attention: estimated weights on
 * page means, and decoded residuals of the second tier. The formula stands at {@link
 * Tail.PageMeans}.
 *
 * <p>One instance serves one thread; its buffers only grow.
 */
final class TailAttention {

  private static final double LEAST_CORRECTION = 0.2;
  private static final double MOST_CORRECTION = 5;

  private final Tail.PageMeans tail;
  private final int headDim;
  private final CacheReader reader;
  private final ValueEncoder encoder;

  private final float[] base;
  private double[] decodedSums = new double[0];
  private float[] decoded = new float[0];
  private MemorySegment decodedSegment = MemorySegment.ofArray(decoded);
  private final float[] inverted;
  private final MemorySegment invertedSegment;

  /** Estimated logits of a head, then weights relative to its largest logit. */
  private double[] weights = new double[0];

  /** The same of the second tier, where keys are refined. */
  private double[] tierWeights = new double[0];

  private final boolean refines;

  // What stays the same for the query heads of one KV head.
  private KvView cache;
  private TailIndex index;
  private int kvHead;
  private int visible;

  /** Codes of the open page as the row sees it, from token {@link #ownFrom} on. */
  private MemorySegment ownCodes = MemorySegment.ofArray(new byte[0]);

  private int ownFrom;

  @SuppressWarnings("NullAway.Init") // begin sets what a step works on
  TailAttention(Tail.PageMeans tail, ModelShape shape) {
    this.tail = tail;
    this.refines = tail.residual().map(Tail.Residual::refinesKeys).orElse(false);
    this.headDim = shape.headDim();
    this.reader = new CacheReader(headDim);
    this.encoder = new ValueEncoder(headDim);
    this.base = new float[headDim];
    this.inverted = new float[headDim];
    this.invertedSegment = MemorySegment.ofArray(inverted);
    tail.residual()
        .ifPresent(
            residual -> {
              int dim = residual.transform().outputDim(headDim);
              decodedSums = new double[dim];
              decoded = new float[dim];
              decodedSegment = MemorySegment.ofArray(decoded);
            });
  }

  /**
   * Starts a query row over one KV head.
   *
   * @param length tokens of the index; a row that sees fewer may see a page as open that is
   *     complete in the index, and then codes its values for itself
   * @return bytes of page means that are read
   */
  long begin(KvView cache, TailIndex index, int kvHead, int visible, int length) {
    this.cache = cache;
    this.index = index;
    this.kvHead = kvHead;
    this.visible = visible;
    int pageTokens = tail.pageTokens();
    int start = visible / pageTokens * pageTokens;
    ownFrom = visible;
    if (tail.residual().isPresent() && start < visible && start + pageTokens <= length) {
      ownFrom = start;
      long bytes = (long) (visible - start) * index.codes.orElseThrow().rowBytes();
      if (ownCodes.byteSize() < bytes) {
        ownCodes = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
      }
      MemorySegment openBase = index.base(kvHead, start / pageTokens, visible);
      encoder.encode(tail.residual().get(), cache, kvHead, start, visible, openBase, ownCodes);
    }
    int means = Math.max(1, visible / pageTokens);
    return (long) means * headDim * cache.type().bytes();
  }

  /** Ends a query row and lets the host's memory go. */
  @SuppressWarnings("NullAway") // begin sets them again
  void end() {
    cache = null;
    index = null;
  }

  /**
   * Reads a head's estimates.
   *
   * @return the largest estimated logit outside the selection; negative infinity where there is
   *     none
   */
  double estimate(CodeScores scores, int head, TokenSelection selection) {
    if (weights.length < visible) {
      weights = new double[visible];
      tierWeights = new double[refines ? visible : 0];
    }
    for (int token = 0; token < visible; token++) {
      weights[token] = scores.logit(head, token);
    }
    double largest = Double.NEGATIVE_INFINITY;
    TokenList known = refines ? selection.candidates() : selection.tokens();
    int next = 0;
    for (int token = 0; token < visible; token++) {
      if (next < known.count() && known.get(next) == token) {
        next++;
      } else {
        largest = Math.max(largest, weights[token]);
      }
    }
    for (int i = 0; refines && i < selection.secondTier().count(); i++) {
      tierWeights[i] = scores.refinedLogit(head, selection.tierCandidates().get(i));
      largest = Math.max(largest, tierWeights[i]);
    }
    return largest;
  }

  /**
   * Adds the tail of the head whose estimates were read last.
   *
   * @param max what weights are relative to
   * @param exactMass the selected tokens' weights, summed
   * @param sums {@code [at, at + headDim)}: weighted values, added to
   * @return the weights of the tail, summed
   */
  double add(TokenSelection selection, double max, double exactMass, double[] sums, int at) {
    for (int token = 0; token < visible; token++) {
      weights[token] = Math.exp(weights[token] - max);
    }
    TokenList secondTier = selection.secondTier();
    weigh(selection.tokens(), secondTier, max, exactMass);
    double mass = 0;
    int pageTokens = tail.pageTokens();
    for (int start = 0; start < visible; start += pageTokens) {
      double pageMass = 0;
      for (int token = start; token < Math.min(visible, start + pageTokens); token++) {
        pageMass += weights[token];
      }
      mass += pageMass;
      MemorySegment row = index.base(kvHead, start / pageTokens, visible);
      reader.row(row, 0, cache.type(), base, 0);
      for (int j = 0; j < headDim; j++) {
        sums[at + j] += pageMass * base[j];
      }
    }
    if (tail.residual().isPresent() && secondTier.count() > 0) {
      addResiduals(tail.residual().get(), secondTier, sums, at);
    }
    return mass;
  }

  /**
   * Makes weights of the tail of estimated ones: none for selected tokens, corrected for others.
   */
  private void weigh(TokenList selected, TokenList secondTier, double max, double exactMass) {
    double known = exactMass;
    double estimated = 0;
    for (int i = 0; i < selected.count(); i++) {
      estimated += weights[selected.get(i)];
      weights[selected.get(i)] = 0;
    }
    if (refines) {
      known = 0;
      estimated = 0;
      for (int i = 0; i < secondTier.count(); i++) {
        tierWeights[i] = Math.exp(tierWeights[i] - max);
        known += tierWeights[i];
        estimated += weights[secondTier.get(i)];
      }
    }
    double correction = tail.correction() ? correction(known, estimated) : 1;
    for (int token = 0; token < visible; token++) {
      weights[token] *= correction;
    }
    for (int i = 0; refines && i < secondTier.count(); i++) {
      weights[secondTier.get(i)] = tierWeights[i];
    }
  }

  /** Both masses vanish only where there is nothing to compare, or what there is weighs nothing. */
  private static double correction(double known, double estimated) {
    if (known == 0 && estimated == 0) {
      return 1;
    }
    return Math.clamp(known / estimated, LEAST_CORRECTION, MOST_CORRECTION);
  }

  private void addResiduals(Tail.Residual residual, TokenList secondTier, double[] sums, int at) {
    Quantizer quantizer = residual.quantizer();
    int dim = decoded.length;
    Arrays.fill(decodedSums, 0);
    for (int i = 0; i < secondTier.count(); i++) {
      int token = secondTier.get(i);
      quantizer.decode(code(token), 1, dim, decodedSegment);
      double weight = weights[token];
      for (int j = 0; j < dim; j++) {
        decodedSums[j] += weight * decoded[j];
      }
    }
    for (int j = 0; j < dim; j++) {
      decoded[j] = (float) decodedSums[j];
    }
    residual.transform().invert(decodedSegment, 1, headDim, invertedSegment);
    for (int j = 0; j < headDim; j++) {
      sums[at + j] += inverted[j];
    }
  }

  private MemorySegment code(int token) {
    CodeBlocks codes = index.codes.orElseThrow();
    int bytes = codes.rowBytes();
    return token < ownFrom
        ? codes.rows(kvHead, token, 1)
        : ownCodes.asSlice((long) (token - ownFrom) * bytes, bytes);
  }

  /** Bytes of the value codes of a second tier. */
  long codeBytes(TokenList secondTier) {
    return (long) secondTier.count() * index.codes.map(CodeBlocks::rowBytes).orElse(0);
  }
}
