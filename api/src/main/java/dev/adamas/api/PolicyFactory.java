package dev.adamas.api;

import java.util.List;
import java.util.function.Function;

/**
 * Makes a policy from settings.
 *
 * @param id the policy's id, as in its {@link ComponentSpec}
 * @param version the policy's version
 * @param description one line for listings
 * @param parameters what can be set; stages are parameters too, which is how configuration replaces
 *     them
 * @param create makes the policy; throws {@link IllegalArgumentException} with a full sentence
 *     where the settings do not fit together
 */
public record PolicyFactory(
    String id,
    int version,
    String description,
    List<Parameter> parameters,
    Function<Settings, ? extends AttentionPolicy> create) {
  /** Copies {@code parameters}. */
  public PolicyFactory {
    parameters = List.copyOf(parameters);
  }
}
