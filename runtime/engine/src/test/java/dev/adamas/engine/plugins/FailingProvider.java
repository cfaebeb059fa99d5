package dev.adamas.engine.plugins;

import dev.adamas.api.Provider;

/** Found by name through a services file; its constructor fails. */
public final class FailingProvider implements Provider {

  /** Fails. */
  public FailingProvider() {
    throw new IllegalStateException("The driver is missing.");
  }

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "failing";
  }

  @Override
  public String version() {
    return "1.0";
  }
}
