package dev.adamas.it.definitions;

import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;
import dev.adamas.it.fixtures.Keys;
import dev.adamas.it.fixtures.TestCache;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** A random cache, and what a step over it gives by definition. */
final class TailCase {

  final TestCache cache;
  private final ModelShape shape;
  private final Definition.Head[] heads;
  private final double[][][] keys;
  private final double[][][] values;
  private final ValueDefinition[] coded;

  TailCase(
      ModelShape shape,
      KvType type,
      Keys kind,
      Random random,
      int tokens,
      int calibration,
      int page,
      Definition definition,
      ValueDefinition.Codes codes) {
    this.shape = shape;
    TestCache.Layout layout =
        new TestCache.Layout(1 + random.nextInt(300), random.nextBoolean(), 6, true);
    cache = new TestCache(shape, type, layout, calibration);
    int kvHeads = shape.kvHeads();
    float[][][] keyRows = new float[kvHeads][][];
    float[][][] valueRows = new float[kvHeads][][];
    for (int head = 0; head < kvHeads; head++) {
      keyRows[head] = kind.rows(random, tokens, shape.headDim());
      valueRows[head] = Keys.OUTLIERS.rows(random, tokens, shape.headDim());
    }
    cache.append(keyRows, valueRows, 0, tokens);
    keys = new double[kvHeads][tokens][];
    values = new double[kvHeads][tokens][];
    heads = new Definition.Head[kvHeads];
    coded = new ValueDefinition[kvHeads];
    for (int head = 0; head < kvHeads; head++) {
      for (int token = 0; token < tokens; token++) {
        keys[head][token] = doubles(cache.key(token, head));
        values[head][token] = doubles(cache.value(token, head));
      }
      heads[head] = definition.head(keys[head], calibration);
      coded[head] = new ValueDefinition(values[head], calibration, page, type, codes);
    }
  }

  /**
   * Results per query head, for queries that are drawn until rounding does not decide what they
   * select; empty where it always seems to, as with many equal keys on a threshold: draw other
   * keys.
   *
   * @param queries {@code [queryHeads][]}, written
   */
  Optional<TailDefinition.Result[]> draw(
      TailDefinition.Step step, float[][] queries, boolean shared, Random random) {
    TailDefinition.Result[] results = new TailDefinition.Result[shape.queryHeads()];
    int together = shared ? shape.groupSize() : 1;
    for (int first = 0; first < results.length; first += together) {
      boolean clear = false;
      for (int attempt = 0; attempt < 100 && !clear; attempt++) {
        for (int head = first; head < first + together; head++) {
          queries[head] = Keys.row(random, shape.headDim());
        }
        clear = compute(step, queries, first, together, shared, results);
      }
      if (!clear) {
        return Optional.empty();
      }
    }
    return Optional.of(results);
  }

  /** Computes heads that select together; false where rounding decides what one of them selects. */
  private boolean compute(
      TailDefinition.Step step,
      float[][] queries,
      int first,
      int together,
      boolean shared,
      TailDefinition.Result[] results) {
    Definition.Head head = heads[first / shape.groupSize()];
    Scores[] scores = new Scores[together];
    Scores[] refined = new Scores[together];
    double[] steps = new double[together];
    for (int g = 0; g < together; g++) {
      double[] query = doubles(queries[first + g]);
      Optional<Scores> own = head.scores(query);
      if (own.isEmpty()) {
        return false;
      }
      scores[g] = own.get();
      refined[g] = step.refines() ? head.refined(query, scores[g]) : scores[g];
      steps[g] = head.step(query);
    }
    for (int g = 0; g < together; g++) {
      double[] query = doubles(queries[first + g]);
      Optional<TailDefinition.Result> result =
          TailDefinition.step(
              step,
              (shared ? 1 : steps[g]) * shape.softmaxScale(),
              logits(query, first / shape.groupSize()),
              estimates(query, head, scores, steps, g, shared),
              estimates(query, head, refined, steps, g, shared),
              values[first / shape.groupSize()],
              coded[first / shape.groupSize()]);
      if (result.isEmpty()) {
        return false;
      }
      results[first + g] = result.get();
    }
    return true;
  }

  private double[] logits(double[] query, int kvHead) {
    return Arrays.stream(keys[kvHead])
        .mapToDouble(key -> Definition.dot(query, key) * shape.softmaxScale())
        .toArray();
  }

  /** What the scores of heads that select together say of head {@code g} of them. */
  private TailDefinition.Estimates estimates(
      double[] query,
      Definition.Head head,
      Scores[] scores,
      double[] steps,
      int g,
      boolean shared) {
    double offset = head.offset(query);
    Scores logits = new Scores(cache.length());
    for (int i = 0; i < logits.count(); i++) {
      logits.value()[i] = (offset - scores[g].value()[i] * steps[g]) * shape.softmaxScale();
      logits.slack()[i] =
          scores[g].slack()[i] * steps[g] * shape.softmaxScale()
              + 1e-5 * (1 + Math.abs(logits.value()[i]));
    }
    return new TailDefinition.Estimates(
        shared ? Scores.shared(scores, steps, false) : scores[g], logits);
  }

  private static double[] doubles(float[] row) {
    double[] copy = new double[row.length];
    Arrays.setAll(copy, j -> row[j]);
    return copy;
  }
}
