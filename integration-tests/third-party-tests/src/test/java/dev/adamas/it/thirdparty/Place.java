package dev.adamas.it.thirdparty;

import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where a plugin's jar is dropped while an engine runs. */
interface Place extends AutoCloseable {

  /** What feeds the engine. */
  ProviderSource source();

  void drop(Path jar) throws IOException;

  void remove(Path jar) throws IOException;

  /** What was removed, and how far it has gone. */
  List<PluginDeparture> departures();

  @Override
  void close();
}
