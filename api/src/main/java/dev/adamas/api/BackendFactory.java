package dev.adamas.api;

import java.util.List;
import java.util.function.Function;

/**
 * Makes a backend from settings.
 *
 * @param id the backend's id, as in its {@link ComponentSpec}
 * @param version the backend's version
 * @param description one line for listings
 * @param parameters what can be set
 * @param create makes the backend; it does not throw where the machine lacks something, {@link
 *     ComputeBackend#unavailable} says so
 */
public record BackendFactory(
    String id,
    int version,
    String description,
    List<Parameter> parameters,
    Function<Settings, ? extends ComputeBackend> create) {
  /** Copies {@code parameters}. */
  public BackendFactory {
    parameters = List.copyOf(parameters);
  }
}
