package dev.adamas.backend.scalar;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.Provider;
import java.util.List;

/** Offers the backend {@code scalar@1}. */
public final class ScalarProvider implements Provider {

  /** Found by {@link java.util.ServiceLoader}. */
  public ScalarProvider() {}

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public List<BackendFactory> backends() {
    return List.of(
        new BackendFactory(
            ScalarBackend.ID,
            1,
            "Plain Java, stage by stage: runs every plugin's stages, on every machine.",
            List.of(),
            _ -> new ScalarBackend()));
  }
}
