package dev.adamas.api;

import java.util.List;

/**
 * The entry point of a plugin, found by {@link java.util.ServiceLoader} or as an OSGi service. It
 * only names what it offers; discovery creates nothing.
 *
 * <p>A plugin jar declares it twice, so that every container finds it: {@code provides
 * dev.adamas.api.Provider with …} in its module-info and a line in {@code
 * META-INF/services/dev.adamas.api.Provider}.
 */
public interface Provider {

  /** Major version of this SPI; a provider of another is refused. */
  int SPI_VERSION = 1;

  /**
   * The SPI version the plugin was built against: {@code return SPI_VERSION;}. The compiler puts
   * the number into the plugin's own byte code, so that an engine of another version recognises it;
   * a default here would always be the engine's own.
   */
  int spiVersion();

  /** Name of the plugin. */
  String name();

  /** Version of the plugin, such as {@code 1.2.0}. */
  String version();

  /** Stages that it offers. */
  default List<StageFactory> stages() {
    return List.of();
  }

  /** Policies that it offers. */
  default List<PolicyFactory> policies() {
    return List.of();
  }

  /** Backends that it offers. */
  default List<BackendFactory> backends() {
    return List.of();
  }
}
