package dev.adamas.it.containers;

import dev.adamas.engine.Pins;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.WatchedFolder;
import dev.adamas.osgi.OsgiContainer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Bundles in whichever framework is on the class path. */
record BundleContainer(Path folder, OsgiContainer container, Map<String, Long> installed)
    implements Container {

  static final OsgiContainer.Options QUICK =
      OsgiContainer.Options.defaults()
          .times(
              new WatchedFolder.Times(Duration.ofMillis(100), Duration.ofMillis(100)),
              Duration.ofMillis(200));

  static BundleContainer start(Path folder, Pins pins) {
    return new BundleContainer(folder, OsgiContainer.start(QUICK.pins(pins)), new HashMap<>());
  }

  @Override
  public ProviderSource source() {
    return container.source();
  }

  @Override
  public void put(String name, byte[] jar) throws IOException {
    Path file = PluginJar.place(folder, name, jar);
    Long known = installed.get(name);
    if (known == null) {
      installed.put(name, container.install(file));
    } else {
      container.update(known, file);
    }
  }

  @Override
  public void remove(String name) {
    container.uninstall(installed.remove(name));
  }

  @Override
  public List<PluginDeparture> departures() {
    return container.departures();
  }

  @Override
  public void close() {
    container.close();
  }
}
