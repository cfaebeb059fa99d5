package dev.adamas.it.thirdparty;

import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.PluginDirectory;
import dev.adamas.engine.ProviderSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A watched folder: the jar becomes a module layer. */
record FolderPlace(Path folder, PluginDirectory directory) implements Place {

  static FolderPlace open(Path folder) {
    return new FolderPlace(
        folder,
        PluginDirectory.open(
            folder,
            PluginDirectory.Options.defaults()
                .times(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofSeconds(5))));
  }

  @Override
  public ProviderSource source() {
    return directory;
  }

  @Override
  public void drop(Path jar) throws IOException {
    Files.copy(jar, folder.resolve(jar.getFileName()));
  }

  @Override
  public void remove(Path jar) throws IOException {
    Files.delete(folder.resolve(jar.getFileName()));
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
