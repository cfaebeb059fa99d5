package com.example.broken;

import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import java.util.List;

/** A plugin for an SPI that does not exist. */
public final class FutureProvider implements Provider {

  @Override
  public int spiVersion() {
    return 99;
  }

  @Override
  public String name() {
    return "future";
  }

  @Override
  public String version() {
    return "9.0.0";
  }

  @Override
  public List<PolicyFactory> policies() {
    throw new IllegalStateException("Nobody of another SPI version may ask.");
  }
}
