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
 * <p>The default number of value codes is 256 up to a context of 8192 and grows with it, 1024 at
 * 32768, which is where perplexity stopped falling on the models it was measured with. It stops at
 * 4096, beyond what was measured.
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
              "Whether estimated weights are scaled by what they missed on the selected tokens."),
          Parameter.flag(
              "residual",
              true,
              "Whether the best tokens after the selected ones use codes of their values."),
          Parameter.budget(
              "residual-tokens", "3.125%:256:4096", "Tokens that use codes of their values."),
          Parameter.stage(
              "residual-transform", Transform.class, "hadamard@1", "Transform of value residuals."),
          Parameter.stage(
              "residual-quantizer",
              Quantizer.class,
              "bucket@1(scale=norm)",
              "Turns value residuals into codes."));

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
                    settings.budget("residual-tokens")))
            : Optional.empty();
    return new Tail.PageMeans(settings.whole("tail-page"), settings.flag("correction"), residual);
  }
}
