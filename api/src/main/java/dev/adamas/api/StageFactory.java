package dev.adamas.api;

import java.util.List;
import java.util.function.Function;

/**
 * Makes one kind of stage from settings.
 *
 * @param id the stage's id, as in its {@link ComponentSpec}
 * @param version the stage's version
 * @param kind {@link Transform}, {@link Quantizer}, {@link Distance} or {@link Selector}
 * @param description one line for listings
 * @param parameters what can be set
 * @param create makes the stage; throws {@link IllegalArgumentException} with a full sentence where
 *     the settings do not fit together
 */
public record StageFactory(
    String id,
    int version,
    Class<? extends Stage> kind,
    String description,
    List<Parameter> parameters,
    Function<Settings, ? extends Stage> create) {
  /** Copies {@code parameters}. */
  public StageFactory {
    parameters = List.copyOf(parameters);
  }
}
