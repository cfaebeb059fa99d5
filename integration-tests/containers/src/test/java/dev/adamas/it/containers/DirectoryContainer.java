package dev.adamas.it.containers;

import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.PluginDirectory;
import dev.adamas.engine.ProviderSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A folder of plugins, each in a module layer. */
record DirectoryContainer(Path folder, PluginDirectory directory) implements Container {

  static final PluginDirectory.Options QUICK =
      PluginDirectory.Options.defaults()
          .times(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofMillis(200));

  static DirectoryContainer open(Path folder, PluginDirectory.Options options) {
    return new DirectoryContainer(folder, PluginDirectory.open(folder, options));
  }

  @Override
  public ProviderSource source() {
    return directory;
  }

  @Override
  public void put(String name, byte[] jar) throws IOException {
    PluginJar.place(folder, name, jar);
  }

  @Override
  public void remove(String name) throws IOException {
    Files.delete(folder.resolve(name));
  }

  @Override
  public List<PluginDeparture> departures() {
    return directory.departures();
  }

  @Override
  public void close() {
    directory.close();
  }
}
