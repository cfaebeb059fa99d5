package dev.adamas.it.containers;

import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import java.io.IOException;
import java.util.List;

/** A container of plugins that a live engine is fed from. */
interface Container extends AutoCloseable {

  ProviderSource source();

  /** Brings a jar in, or another one in its place. */
  void put(String name, byte[] jar) throws IOException;

  void remove(String name) throws IOException;

  List<PluginDeparture> departures();

  @Override
  void close();
}
