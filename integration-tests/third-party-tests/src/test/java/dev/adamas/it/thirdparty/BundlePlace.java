package dev.adamas.it.thirdparty;

import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import dev.adamas.osgi.OsgiContainer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An OSGi framework: the jar becomes a bundle. */
record BundlePlace(OsgiContainer container, Map<Path, Long> bundles) implements Place {

  static BundlePlace start() {
    return new BundlePlace(OsgiContainer.start(OsgiContainer.Options.defaults()), new HashMap<>());
  }

  @Override
  public ProviderSource source() {
    return container.source();
  }

  @Override
  public void drop(Path jar) {
    bundles.put(jar, container.install(jar));
  }

  @Override
  public void remove(Path jar) {
    container.uninstall(bundles.remove(jar));
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
