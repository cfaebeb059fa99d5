package dev.adamas.model;

import dev.adamas.model.decoder.ModelException;
import java.util.Arrays;
import java.util.Random;

/**
 * Chooses tokens from logits. Keeps the recent tokens and the state of its random numbers, so each
 * sequence has its own; not thread-safe.
 */
public final class Sampler {
  private final SamplerSettings settings;
  private final Random random;
  private final int[] recent;
  private long accepted;
  private float[] penalised = new float[0];

  /**
   * Candidates in order: the logit's bits, made to compare as integers and complemented, above the
   * token. Ascending longs are then descending logits, ties going to the lower token.
   */
  private long[] candidates = new long[0];

  private double[] weights = new double[0];

  private Sampler(SamplerSettings settings) {
    this.settings = settings;
    random = new Random(settings.seed());
    recent = new int[settings.repeatWindow()];
  }

  /** A sampler at the beginning of its random numbers. */
  public static Sampler of(SamplerSettings settings) {
    return new Sampler(settings);
  }

  /**
   * Chooses a token and remembers it for the repeat penalty.
   *
   * @param logits one per token; not changed
   * @throws ModelException if no logit is a number
   */
  public int next(float[] logits) {
    float[] scores = settings.repeatPenalty() == 1 ? logits : penalised(logits);
    int token = settings.temperature() == 0 ? best(scores) : sample(scores);
    accept(token);
    return token;
  }

  /** Remembers a token that was not chosen here, such as one of the prompt. */
  public void accept(int token) {
    if (recent.length > 0) {
      recent[(int) (accepted % recent.length)] = token;
    }
    accepted++;
  }

  private float[] penalised(float[] logits) {
    if (penalised.length != logits.length) {
      penalised = new float[logits.length];
    }
    System.arraycopy(logits, 0, penalised, 0, logits.length);
    int known = (int) Math.min(accepted, recent.length);
    for (int i = 0; i < known; i++) {
      int token = recent[i];
      if (token < logits.length) {
        // From the original logit, so that a token that came twice is not punished twice.
        float logit = logits[token];
        penalised[token] =
            (float)
                (logit > 0 ? logit / settings.repeatPenalty() : logit * settings.repeatPenalty());
      }
    }
    return penalised;
  }

  private static int best(float[] scores) {
    int best = -1;
    for (int i = 0; i < scores.length; i++) {
      if (best < 0 ? !Float.isNaN(scores[i]) : scores[i] > scores[best]) {
        best = i;
      }
    }
    if (best < 0) {
      throw new ModelException(
          "The model's outputs are not numbers; the file is damaged, download or convert it again.");
    }
    return best;
  }

  private int sample(float[] scores) {
    int best = best(scores);
    float max = scores[best];
    if (Float.isInfinite(max)) {
      return best;
    }
    int count = gather(scores);
    if (settings.topK() > 0 || settings.topP() < 1) {
      // Only these two need an order; without them sorting would be the longest part.
      Arrays.sort(candidates, 0, count);
      count = topP(settings.topK() > 0 ? Math.min(count, settings.topK()) : count, max);
    }
    double least = settings.minP() > 0 ? max + Math.log(settings.minP()) : Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < count; i++) {
      float logit = logit(candidates[i]);
      weights[i] = logit < least ? 0 : Math.exp((logit - max) / settings.temperature());
      sum += weights[i];
    }
    double point = random.nextDouble() * sum;
    for (int i = 0; i < count; i++) {
      point -= weights[i];
      if (point < 0) {
        return token(candidates[i]);
      }
    }
    return best;
  }

  private int gather(float[] scores) {
    if (candidates.length < scores.length) {
      candidates = new long[scores.length];
      weights = new double[scores.length];
    }
    int count = 0;
    for (int i = 0; i < scores.length; i++) {
      if (!Float.isNaN(scores[i])) {
        candidates[count++] = candidate(scores[i], i);
      }
    }
    return count;
  }

  /** How many of the ordered candidates have the probability of top-p together. */
  private int topP(int count, float max) {
    if (settings.topP() == 1) {
      return count;
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      weights[i] = Math.exp(logit(candidates[i]) - max);
      sum += weights[i];
    }
    double kept = 0;
    for (int i = 0; i < count; i++) {
      kept += weights[i];
      if (kept >= settings.topP() * sum) {
        return i + 1;
      }
    }
    return count;
  }

  private static long candidate(float logit, int token) {
    int bits = Float.floatToIntBits(logit);
    int ordered = bits < 0 ? bits ^ 0x7fffffff : bits;
    return (long) ~ordered << 32 | token;
  }

  private static float logit(long candidate) {
    int ordered = ~(int) (candidate >> 32);
    return Float.intBitsToFloat(ordered < 0 ? ordered ^ 0x7fffffff : ordered);
  }

  private static int token(long candidate) {
    return (int) candidate;
  }
}
