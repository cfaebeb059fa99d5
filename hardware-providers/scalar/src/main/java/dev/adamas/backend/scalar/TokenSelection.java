package dev.adamas.backend.scalar;

import dev.adamas.api.Budget;
import dev.adamas.api.Distance;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * Which cached tokens a query row sees: runs a pipeline's stages one by one over the codes of one
 * KV head.
 */
final class TokenSelection {

  private final ModelShape shape;

  private int[] tokens = new int[0];
  private MemorySegment tokensSegment = MemorySegment.ofArray(tokens);
  private int count;

  private int codes;
  private final float[][] scores;
  private final MemorySegment[] scoresSegments;
  private final float[] steps;
  private MemorySegment ordinals = MemorySegment.ofArray(new int[0]);
  private long[] ranked = new long[0];

  private MemorySegment transformed = MemorySegment.ofArray(new float[0]);
  private MemorySegment[] prepared = new MemorySegment[0];
  private MemorySegment ownCodes = MemorySegment.ofArray(new byte[0]);
  private Optional<KeyEncoder> encoder = Optional.empty();

  TokenSelection(ModelShape shape) {
    this.shape = shape;
    int group = shape.groupSize();
    this.scores = new float[group][0];
    this.scoresSegments = new MemorySegment[group];
    Arrays.fill(scoresSegments, MemorySegment.ofArray(new float[0]));
    this.steps = new float[group];
  }

  /** Number of selected tokens. */
  int count() {
    return count;
  }

  /** Selected token {@code i}; they ascend. */
  int token(int i) {
    return tokens[i];
  }

  /** The selected tokens as int32. */
  MemorySegment tokensSegment() {
    return tokensSegment;
  }

  /** Selects every visible token. */
  void all(int visible) {
    reserveTokens(visible);
    for (int token = 0; token < visible; token++) {
      tokens[token] = token;
    }
    count = visible;
  }

  /** Selects the first {@code sinks} and the last {@code recent} tokens, fewer than all. */
  void window(int visible, int sinks, int recent) {
    reserveTokens(sinks + recent);
    for (int i = 0; i < sinks; i++) {
      tokens[i] = i;
    }
    for (int i = 0; i < recent; i++) {
      tokens[sinks + i] = visible - recent + i;
    }
    count = sinks + recent;
  }

  /**
   * Whether a row attends densely under a sparse plan: the budget covers what it sees, or its
   * quantiser cannot be calibrated yet. A top-p budget without a bound below what the row sees
   * still selects.
   */
  static boolean isDense(
      LayerPlan.Sparse plan, int visible, ScalarIndex index, int calibrationLength) {
    boolean covered =
        !(plan.budget() instanceof Budget.TopP) && plan.budget().limit(visible) >= visible;
    boolean uncalibrated =
        plan.pipeline().quantizer().needsCalibration() && visible < calibrationLength;
    return covered || uncalibrated || !index.isEncoded();
  }

  /**
   * Scores the codes of the visible tokens for each query head of the group.
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
    Distance distance = pipeline.distance();
    int dim = pipeline.transform().outputDim(shape.headDim());
    prepare(pipeline, quantizer, dim, queries);
    codes = index.codes(visible);
    reserveScores(codes);
    int stored = storedCodes(quantizer, index, visible);
    for (int first = 0; first < stored; first += ScalarIndex.BLOCK) {
      int n = Math.min(ScalarIndex.BLOCK, stored - first);
      score(
          distance, quantizer, index.block(kvHead, first / ScalarIndex.BLOCK, 0, n), first, n, dim);
    }
    if (stored < codes) {
      int from = stored * quantizer.rowsPerCode();
      int n = codes - stored;
      long bytes = (long) n * index.codeBytes();
      if (ownCodes.byteSize() < bytes) {
        ownCodes = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
      }
      if (encoder.isEmpty()) {
        encoder = Optional.of(new KeyEncoder(pipeline, shape.headDim()));
      }
      encoder.get().encode(cache, kvHead, quantizer, from, visible, ownCodes);
      score(distance, quantizer, ownCodes, stored, n, dim);
    }
    return (long) codes * index.codeBytes();
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
    long rowBytes = (long) shape.headDim() * Float.BYTES;
    for (int head = 0; head < prepared.length; head++) {
      pipeline
          .transform()
          .apply(
              MemorySegment.ofArray(queries).asSlice(head * rowBytes, rowBytes),
              1,
              shape.headDim(),
              transformed);
      distance.prepareQuery(quantizer, transformed, dim, prepared[head]);
      steps[head] =
          distance.meaning() == Distance.Meaning.LOGIT
              ? distance.step(quantizer, prepared[head], dim)
              : 1;
    }
  }

  private void score(
      Distance distance, Quantizer quantizer, MemorySegment block, int first, int n, int dim) {
    for (int head = 0; head < prepared.length; head++) {
      MemorySegment target =
          scoresSegments[head].asSlice((long) first * Float.BYTES, (long) n * Float.BYTES);
      distance.score(quantizer, prepared[head], block, n, dim, target);
    }
  }

  /**
   * Leaves the group's best score per code in the first head's scores: the smallest of {@code score
   * · step} where scores estimate the logit, so that heads are comparable, else the smallest score.
   */
  void combine(LayerPlan.Sparse plan) {
    boolean estimates = plan.pipeline().distance().meaning() == Distance.Meaning.LOGIT;
    for (int code = 0; code < codes; code++) {
      float best = Float.POSITIVE_INFINITY;
      for (int head = 0; head < scores.length; head++) {
        float score = scores[head][code];
        best = Math.min(best, estimates ? score * steps[head] : score);
      }
      scores[0][code] = best;
    }
    if (estimates) {
      steps[0] = 1;
    }
  }

  /** Selects tokens by the scores of a head. */
  void select(LayerPlan.Sparse plan, int head, int visible) {
    int rowsPerCode = plan.pipeline().quantizer().rowsPerCode();
    int sinkCodes = Math.min(codes, (int) (((long) plan.sinks() + rowsPerCode - 1) / rowsPerCode));
    int firstRecent =
        plan.recent() == 0 ? codes : Math.max(0, visible - plan.recent()) / rowsPerCode;
    firstRecent = Math.max(firstRecent, sinkCodes);
    int budget = Math.max(1, plan.budget().limit(visible) / rowsPerCode);
    if (plan.budget() instanceof Budget.TopP(double mass, int _)) {
      budget = Math.min(budget, codesOfMass(mass, head, sinkCodes, firstRecent));
    }
    Arrays.fill(scores[head], 0, sinkCodes, Float.NEGATIVE_INFINITY);
    Arrays.fill(scores[head], firstRecent, codes, Float.NEGATIVE_INFINITY);
    int most = Math.min(budget, codes);
    int selected = plan.pipeline().selector().select(scoresSegments[head], codes, budget, ordinals);
    check(plan, selected, most);
    expand(selected, rowsPerCode, visible);
  }

  /** Selectors come from plugins; a wrong one must not read outside the cache. */
  private void check(LayerPlan.Sparse plan, int selected, int most) {
    boolean valid = selected >= 1 && selected <= most;
    int previous = -1;
    for (int i = 0; valid && i < selected; i++) {
      int ordinal = ordinals.getAtIndex(Memory.INT, i);
      valid = ordinal > previous && ordinal < codes;
      previous = ordinal;
    }
    if (!valid) {
      throw new IllegalStateException(
          ("Selector %s must give 1 to %d ascending ordinals below %d and did not; use another"
                  + " selector.")
              .formatted(plan.pipeline().selector().spec(), most, codes));
    }
  }

  private void expand(int selected, int rowsPerCode, int visible) {
    reserveTokens((int) Math.min((long) selected * rowsPerCode, visible));
    count = 0;
    for (int i = 0; i < selected; i++) {
      int first = ordinals.getAtIndex(Memory.INT, i) * rowsPerCode;
      int end = (int) Math.min(visible, (long) first + rowsPerCode);
      for (int token = first; token < end; token++) {
        tokens[count++] = token;
      }
    }
  }

  /**
   * The smallest number of codes, forced ones first, then by score, ties by position, whose
   * estimated weights reach {@code mass} of the weight of all visible codes. NaN weighs nothing.
   */
  private int codesOfMass(double mass, int head, int sinkCodes, int firstRecent) {
    float[] score = scores[head];
    double scale = (double) steps[head] * shape.softmaxScale();
    double best = Double.POSITIVE_INFINITY;
    for (int code = 0; code < codes; code++) {
      best = Float.isNaN(score[code]) ? best : Math.min(best, score[code]);
    }
    double total = 0;
    double held = 0;
    int forced = sinkCodes + codes - firstRecent;
    int free = 0;
    if (ranked.length < codes) {
      ranked = new long[codes];
    }
    for (int code = 0; code < codes; code++) {
      double weight = weight(score[code], best, scale);
      total += weight;
      if (code < sinkCodes || code >= firstRecent) {
        held += weight;
      } else {
        ranked[free++] = rank(score[code], code);
      }
    }
    Arrays.sort(ranked, 0, free);
    int taken = 0;
    while (taken < free && held < mass * total) {
      held += weight(score[(int) ranked[taken++]], best, scale);
    }
    return Math.max(1, forced + taken);
  }

  private static double weight(float score, double best, double scale) {
    return Float.isNaN(score) ? 0 : Math.exp((best - score) * scale);
  }

  /** Ascends by score, NaN last, then by position; the low word is the position. */
  private static long rank(float score, int code) {
    int raw = Float.floatToIntBits(score + 0.0f);
    int ordered = raw ^ ((raw >> 31) & Integer.MAX_VALUE);
    return ((long) ordered << 32) | code;
  }

  private void reserveTokens(int size) {
    if (tokens.length < size) {
      tokens = new int[size];
      tokensSegment = MemorySegment.ofArray(tokens);
    }
  }

  private void reserveScores(int size) {
    if (scores[0].length >= size) {
      return;
    }
    for (int head = 0; head < scores.length; head++) {
      scores[head] = new float[size];
      scoresSegments[head] = MemorySegment.ofArray(scores[head]);
    }
    ordinals = MemorySegment.ofArray(new int[size]);
  }
}
