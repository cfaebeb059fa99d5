package dev.adamas.backend.vector;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.Provider;
import java.util.List;

/** Offers the backend {@code cpu-vector@1}. */
public final class VectorProvider implements Provider {

  /** For {@link java.util.ServiceLoader}. */
  public VectorProvider() {}

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "cpu-vector";
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public List<BackendFactory> backends() {
    return List.of(
        new BackendFactory(
            VectorBackend.ID,
            VectorBackend.VERSION,
            "Fused kernels on the JDK Vector API, for host memory.",
            List.of(),
            settings -> new VectorBackend()));
  }
}
