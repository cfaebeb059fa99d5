package dev.adamas.policy;

import dev.adamas.api.Parameter;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Settings;
import dev.adamas.api.Tail;
import dev.adamas.api.Transform;
import java.util.List;
import java.util.Optional;

/**
 * The tail as parameters, each part of which can be switched off or replaced.
 *
 * <p>The default second tier has 512 tokens up to a context of 32768 and grows with longer ones.
 * Its two codes of one bit per coordinate, of key and value, take the bytes of a value code of two
 * bits: of the two the key's misses cost more. On SmolLM2-135M at 8192 tokens (48 windows, 64
 * selected tokens, simulated) perplexity rose by 0.3 % with them, by 0.6 % with as many value codes
 * of two bits, by 0.5 % with 256 of them and by 0.3 % with 1024; on the embedded model at 32768
 * tokens 512, 768 and 1024 did not differ. Debiased scales matter where codes have one bit: with
 * plain norms the first was 0.8 %.
 */
final class TailSettings {

  static final List<Parameter> PARAMETERS =
      List.of(
          Parameter.flag(
              "tail",
              true,
              "Whether tokens that are not selected keep their estimated weight, on their page's"
                  + " mean value; without it, correction and residual have no effect."),
          Parameter.whole("tail-page", 64, 1, 1 << 16, "Tokens that share a mean value."),
          Parameter.flag(
              "correction",
              true,
              "Whether estimated weights are scaled by what they missed where better ones are"
                  + " known: on the second tier with refined keys, else on the selected tokens."),
          Parameter.flag(
              "residual",
              true,
              "Whether the best tokens after the selected ones use codes of what their page's mean"
                  + " misses."),
          Parameter.flag(
              "residual-keys",
              true,
              "Whether these tokens, and those to select, are ranked and weighed by codes of what"
                  + " their keys' codes miss, too."),
          Parameter.budget(
              "residual-tokens", "1.5625%:512:4096", "Tokens that use residual codes."),
          Parameter.stage(
              "residual-transform", Transform.class, "hadamard@1", "Transform of value residuals."),
          Parameter.stage(
              "residual-quantizer",
              Quantizer.class,
              "bucket@1(bits=1,scale=debias)",
              "Turns residuals into codes."));

  private TailSettings() {}

  static Tail tail(Settings settings) {
    if (!settings.flag("tail")) {
      return new Tail.None();
    }
    Optional<Tail.Residual> residual =
        settings.flag("residual")
            ? Optional.of(
                new Tail.Residual(
                    settings.stage("residual-transform", Transform.class),
                    settings.stage("residual-quantizer", Quantizer.class),
                    settings.flag("residual-keys"),
                    settings.budget("residual-tokens")))
            : Optional.empty();
    return new Tail.PageMeans(settings.whole("tail-page"), settings.flag("correction"), residual);
  }
}
