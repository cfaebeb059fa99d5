package dev.adamas.backend.scalar;

import dev.adamas.api.Distance;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Scores of the codes that one query row sees, for each query head of one KV head: transform,
 * prepared query and distance run one by one.
 */
final class CodeScores {

  private final ModelShape shape;
  private final float[][] scores;
  private final MemorySegment[] segments;
  private final float[] steps;
  private final float[] offsets;
  private int count;
  private boolean estimates;

  private MemorySegment transformed = MemorySegment.ofArray(new float[0]);
  private MemorySegment[] prepared = new MemorySegment[0];

  /** Scores of candidates by what their keys' codes miss, too, {@code [heads][candidates]}. */
  private final float[][] refined;

  private MemorySegment preparedMiss = MemorySegment.ofArray(new byte[0]);
  private final MemorySegment miss = MemorySegment.ofArray(new float[1]);

  private MemorySegment ownCodes = MemorySegment.ofArray(new byte[0]);
  private Optional<KeyEncoder> encoder = Optional.empty();

  CodeScores(ModelShape shape) {
    this.shape = shape;
    int group = shape.groupSize();
    this.scores = new float[group][0];
    this.refined = new float[group][0];
    this.segments = new MemorySegment[group];
    Arrays.fill(segments, MemorySegment.ofArray(new float[0]));
    this.steps = new float[group];
    this.offsets = new float[group];
  }

  /** Number of codes. */
  int count() {
    return count;
  }

  /** A head's score of a code. */
  float score(int head, int code) {
    return scores[head][code];
  }

  /** The logit that a unit of a head's score is worth before the softmax scale, 1 for ranks. */
  float step(int head) {
    return steps[head];
  }

  /** The estimated logit of a code; negative infinity where the score is NaN: it weighs nothing. */
  double logit(int head, int code) {
    return logit(head, scores[head][code]);
  }

  /** The logit of a candidate by its refined score. */
  double refinedLogit(int head, int candidate) {
    return logit(head, refined[head][candidate]);
  }

  private double logit(int head, float score) {
    double logit = (offsets[head] - score * steps[head]) * shape.softmaxScale();
    return Double.isNaN(logit) ? Double.NEGATIVE_INFINITY : logit;
  }

  /**
   * The group's best score of a code: the smallest {@code score · step} where scores estimate the
   * logit, so that heads are comparable, else the smallest score; NaN where any head's is.
   */
  float best(int code) {
    return best(scores, code);
  }

  /** The group's best refined score of a candidate. */
  float bestRefined(int candidate) {
    return best(refined, candidate);
  }

  private float best(float[][] scores, int at) {
    float best = Float.POSITIVE_INFINITY;
    for (int head = 0; head < scores.length; head++) {
      float score = scores[head][at];
      best = Math.min(best, estimates ? score * steps[head] : score);
    }
    return best;
  }

  /** A head's refined score of a candidate. */
  float refined(int head, int candidate) {
    return refined[head][candidate];
  }

  /**
   * Scores candidates of some heads once more, by codes of what their keys' codes miss; the formula
   * stands at {@link Tail.Residual}.
   *
   * @param queries as in {@link #score}
   * @return bytes of codes that were read
   */
  long refine(
      LayerPlan.Sparse plan,
      Quantizer residual,
      CodeBlocks misses,
      int kvHead,
      TokenList candidates,
      float[] queries,
      int firstHead,
      int heads) {
    Distance distance = plan.pipeline().distance();
    int dim = plan.pipeline().transform().outputDim(shape.headDim());
    int bytes = distance.queryBytes(residual, dim);
    if (preparedMiss.byteSize() < bytes) {
      preparedMiss = MemorySegment.ofArray(new byte[bytes]);
    }
    for (int head = firstHead; head < firstHead + heads; head++) {
      transform(plan.pipeline(), queries, head);
      distance.prepareQuery(residual, transformed, dim, preparedMiss);
      float step = distance.step(residual, preparedMiss, dim);
      float quotient = step / steps[head];
      float factor = step == steps[head] ? 1 : Float.isFinite(quotient) ? quotient : 0;
      if (refined[head].length < candidates.count()) {
        refined[head] = new float[scores[head].length];
      }
      for (int i = 0; i < candidates.count(); i++) {
        int token = candidates.get(i);
        distance.score(residual, preparedMiss, misses.rows(kvHead, token, 1), 1, dim, miss);
        refined[head][i] = scores[head][token] + miss.get(Memory.FLOAT, 0) * factor;
      }
    }
    return (long) candidates.count() * misses.rowBytes();
  }

  /**
   * Scores the codes of the visible tokens.
   *
   * @param queries float32 {@code [groupSize][headDim]}
   * @return bytes of codes that were read
   */
  long score(
      LayerPlan.Sparse plan,
      KvView cache,
      ScalarIndex index,
      int kvHead,
      int visible,
      float[] queries) {
    Pipeline pipeline = plan.pipeline();
    Quantizer quantizer = index.quantizers.get(kvHead);
    int dim = pipeline.transform().outputDim(shape.headDim());
    prepare(pipeline, quantizer, dim, queries);
    count = index.codes(visible);
    reserve(count);
    int codeBytes = index.codes.rowBytes();
    int stored = storedCodes(quantizer, index, visible);
    for (int first = 0; first < stored; first += ScalarIndex.BLOCK) {
      int n = Math.min(ScalarIndex.BLOCK, stored - first);
      score(pipeline.distance(), quantizer, index.codes.rows(kvHead, first, n), first, n, dim);
    }
    if (stored < count) {
      int n = count - stored;
      long bytes = (long) n * codeBytes;
      if (ownCodes.byteSize() < bytes) {
        ownCodes = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
      }
      if (encoder.isEmpty()) {
        encoder = Optional.of(new KeyEncoder(pipeline, shape.headDim()));
      }
      int from = stored * quantizer.rowsPerCode();
      encoder.get().encode(cache, kvHead, quantizer, from, visible, ownCodes);
      score(pipeline.distance(), quantizer, ownCodes, stored, n, dim);
    }
    return (long) count * codeBytes;
  }

  /**
   * Codes of the index that are those of a sequence of {@code visible} tokens. A row that sees
   * fewer tokens than the cache holds needs a code of its own for its last page, or for everything
   * where codes depend on the whole sequence.
   */
  private static int storedCodes(Quantizer quantizer, ScalarIndex index, int visible) {
    if (visible == index.length) {
      return index.codes(visible);
    }
    return quantizer.locality() == Quantizer.Locality.SEQUENCE
        ? 0
        : visible / quantizer.rowsPerCode();
  }

  private void prepare(Pipeline pipeline, Quantizer quantizer, int dim, float[] queries) {
    Distance distance = pipeline.distance();
    int queryBytes = distance.queryBytes(quantizer, dim);
    if (transformed.byteSize() == 0) {
      transformed = MemorySegment.ofArray(new float[dim]);
      prepared = new MemorySegment[shape.groupSize()];
      Arrays.setAll(prepared, _ -> MemorySegment.ofArray(new byte[queryBytes]));
    }
    estimates = distance.meaning() == Distance.Meaning.LOGIT;
    for (int head = 0; head < prepared.length; head++) {
      transform(pipeline, queries, head);
      distance.prepareQuery(quantizer, transformed, dim, prepared[head]);
      steps[head] = estimates ? distance.step(quantizer, prepared[head], dim) : 1;
      offsets[head] = estimates ? distance.offset(quantizer, prepared[head], dim) : 0;
    }
  }

  private void transform(Pipeline pipeline, float[] queries, int head) {
    long rowBytes = (long) shape.headDim() * Float.BYTES;
    MemorySegment query = MemorySegment.ofArray(queries).asSlice(head * rowBytes, rowBytes);
    pipeline.transform().apply(query, 1, shape.headDim(), transformed);
  }

  private void score(
      Distance distance, Quantizer quantizer, MemorySegment block, int first, int n, int dim) {
    for (int head = 0; head < prepared.length; head++) {
      MemorySegment target =
          segments[head].asSlice((long) first * Float.BYTES, (long) n * Float.BYTES);
      distance.score(quantizer, prepared[head], block, n, dim, target);
    }
  }

  private void reserve(int size) {
    if (scores[0].length >= size) {
      return;
    }
    for (int head = 0; head < scores.length; head++) {
      scores[head] = new float[size];
      segments[head] = MemorySegment.ofArray(scores[head]);
    }
  }
}
