package dev.adamas.model;

/**
 * How the next token is chosen. Applied in this order: repeat penalty, top-k, top-p, min-p,
 * temperature.
 *
 * @param temperature divides the logits; 0 takes the most likely token
 * @param topK only the k most likely tokens; 0 for all
 * @param topP only the most likely tokens that together have this probability; 1 for all
 * @param minP only tokens with this part of the most likely one's probability; 0 for all
 * @param repeatPenalty divides positive and multiplies negative logits of recent tokens; 1 for none
 * @param repeatWindow how many tokens are recent
 * @param seed of the random numbers: same seed, same logits, same tokens
 */
public record SamplerSettings(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repeatPenalty,
    int repeatWindow,
    long seed) {

  /** Checks the ranges. */
  public SamplerSettings {
    require(temperature >= 0 && temperature < 1e6, "temperature", temperature, "0 or more");
    require(topK >= 0, "top-k", topK, "0 or more");
    require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
    require(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
    require(repeatPenalty > 0 && repeatPenalty < 1e6, "repeat penalty", repeatPenalty, "above 0");
    require(
        repeatWindow >= 0 && repeatWindow <= 1 << 20,
        "repeat window",
        repeatWindow,
        "from 0 to " + (1 << 20));
  }

  private static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(
          "The %s is %s, but a number %s is needed.".formatted(name, value, range));
    }
  }

  /** Always the most likely token. */
  public static SamplerSettings greedy() {
    return new SamplerSettings(0, 0, 1, 0, 1, 64, 0);
  }

  /** Samples from the whole distribution at a temperature. */
  public static SamplerSettings temperature(double temperature, long seed) {
    return new SamplerSettings(temperature, 0, 1, 0, 1, 64, seed);
  }

  /** The same with another top-k. */
  public SamplerSettings withTopK(int k) {
    return new SamplerSettings(temperature, k, topP, minP, repeatPenalty, repeatWindow, seed);
  }

  /** The same with another top-p. */
  public SamplerSettings withTopP(double p) {
    return new SamplerSettings(temperature, topK, p, minP, repeatPenalty, repeatWindow, seed);
  }

  /** The same with another min-p. */
  public SamplerSettings withMinP(double p) {
    return new SamplerSettings(temperature, topK, topP, p, repeatPenalty, repeatWindow, seed);
  }

  /** The same with another repeat penalty over the last tokens. */
  public SamplerSettings withRepeatPenalty(double penalty, int window) {
    return new SamplerSettings(temperature, topK, topP, minP, penalty, window, seed);
  }
}
