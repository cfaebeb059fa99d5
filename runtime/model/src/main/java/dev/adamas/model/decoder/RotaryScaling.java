package dev.adamas.model.decoder;

import dev.adamas.model.gguf.GgufMetadata;
import dev.adamas.model.tensor.Rotary;
import java.util.Optional;

/**
 * Frequencies of the rotary positions, with the context extensions that files declare.
 *
 * <ul>
 *   <li>none: pair i turns by base<sup>-2i/d</sup> radians per position;
 *   <li>linear (position interpolation, arXiv 2306.15595): all frequencies divided by the factor;
 *   <li>yarn (arXiv 2309.00071): pairs that turn often within the original context keep their
 *       frequency, those that turn less than once get the interpolated one, with a ramp between,
 *       and rotated values grow by 1 + 0.1·ln(factor);
 *   <li>frequency factors (Llama 3.1): each pair's frequency divided by its own factor.
 * </ul>
 */
final class RotaryScaling {
  /** Turns within the original context above which a pair keeps its frequency. */
  private static final double FAST = 32;

  /** Turns below which a pair is fully interpolated. */
  private static final double SLOW = 1;

  private RotaryScaling() {}

  /**
   * Reads the rotary positions of a file.
   *
   * @param factors frequency factors, one per pair
   */
  static Rotary read(
      GgufMetadata meta,
      Architecture architecture,
      DecoderConfig config,
      Optional<float[]> factors) {
    String prefix = architecture.key() + ".rope.";
    double base = meta.number(prefix + "freq_base").orElse(10000);
    if (!(base > 1) || Double.isInfinite(base)) {
      throw new ModelException(
          "%s: metadata key '%sfreq_base' is %s, but a number above 1 is needed; the file is damaged."
              .formatted(meta.fileName(), prefix, base));
    }
    int dim = config.rotaryDim();
    double[] frequencies = new double[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double factor = factors.isPresent() ? factors.get()[i] : 1;
      if (!(factor > 0) || Double.isInfinite(factor)) {
        throw new ModelException(
            "%s: tensor rope_freqs.weight has the factor %s, but positive numbers are needed; the file is damaged."
                .formatted(meta.fileName(), factor));
      }
      frequencies[i] = Math.pow(base, -2.0 * i / dim) / factor;
    }

    String type = meta.string(prefix + "scaling.type").orElse("linear");
    double factor = factor(meta, prefix);
    double magnitude = meta.number(prefix + "scaling.attn_factor").orElse(1);
    switch (type) {
      case "none" -> {}
      case "linear" -> {
        for (int i = 0; i < frequencies.length; i++) {
          frequencies[i] /= factor;
        }
      }
      case "yarn" -> {
        double original =
            meta.number(prefix + "scaling.original_context_length").orElse(config.context());
        interpolate(frequencies, base, dim, factor, original, meta, prefix);
        magnitude *= 1 + 0.1 * Math.log(factor);
      }
      default ->
          throw new ModelException(
              "%s extends its context by '%s', which is not supported; none, linear and yarn are."
                  .formatted(meta.fileName(), type));
    }
    return new Rotary(frequencies, magnitude, architecture.adjacentPairs());
  }

  private static double factor(GgufMetadata meta, String prefix) {
    double factor =
        meta.number(prefix + "scaling.factor")
            .orElse(meta.number(prefix + "scale_linear").orElse(1));
    if (factor == 0) {
      return 1;
    }
    if (!(factor > 0) || Double.isInfinite(factor)) {
      throw new ModelException(
          "%s: metadata key '%sscaling.factor' is %s, but a positive number is needed; the file is damaged."
              .formatted(meta.fileName(), prefix, factor));
    }
    return factor;
  }

  private static void interpolate(
      double[] frequencies,
      double base,
      int dim,
      double factor,
      double original,
      GgufMetadata meta,
      String prefix) {
    double fast = meta.number(prefix + "scaling.yarn_beta_fast").orElse(FAST);
    double slow = meta.number(prefix + "scaling.yarn_beta_slow").orElse(SLOW);
    double low = Math.max(0, Math.floor(pairTurning(fast, base, dim, original)));
    double high = Math.min(dim - 1, Math.ceil(pairTurning(slow, base, dim, original)));
    for (int i = 0; i < frequencies.length; i++) {
      double ramp = Math.clamp((i - low) / Math.max(0.001, high - low), 0, 1);
      frequencies[i] *= 1 - ramp + ramp / factor;
    }
  }

  /** The (fractional) pair that turns so often within the original context. */
  private static double pairTurning(double turns, double base, int dim, double original) {
    return dim * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }
}
