package dev.adamas.osgi;

import dev.adamas.engine.WatchedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Installs the jars of a folder as bundles, and follows what happens to them. */
final class BundleFolder implements WatchedFolder.Visitor {

  private final Bundles bundles;
  private final BundlePlugins plugins;
  private final Map<String, Long> installed = new HashMap<>();

  /** Jars that did not start; another jar that comes may be what they miss. */
  private final Map<String, Path> refused = new HashMap<>();

  private boolean somethingCame;

  private BundleFolder(Bundles bundles, BundlePlugins plugins) {
    this.bundles = bundles;
    this.plugins = plugins;
  }

  static WatchedFolder open(
      Path path, Bundles bundles, BundlePlugins plugins, OsgiContainer.Options options) {
    return WatchedFolder.open(
        "The folder of bundles", path, options.times(), new BundleFolder(bundles, plugins));
  }

  @Override
  public boolean appeared(String name, Path path, WatchedFolder.Unchanged unchanged) {
    if (!name.endsWith(".jar") || Files.isDirectory(path)) {
      return true; // a bundle is one jar
    }
    try {
      if (!unchanged.check()) {
        return false;
      }
    } catch (IOException _) {
      return false;
    }
    change(name, path);
    return true;
  }

  private void change(String name, Path path) {
    try {
      Long bundle = installed.get(name);
      if (bundle == null) {
        installed.put(name, bundles.install(path));
      } else {
        bundles.update(bundle, path);
      }
      somethingCame = true;
      refused.remove(name);
      plugins.feed().remove(name, Duration.ZERO);
    } catch (IllegalArgumentException e) {
      refused.put(name, path);
      plugins.feed().refuse(name, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void gone(String name) {
    refused.remove(name);
    plugins.feed().remove(name, Duration.ZERO);
    Long bundle = installed.remove(name);
    if (bundle != null) {
      bundles.uninstall(bundle);
    }
  }

  @Override
  public void looked(Optional<String> unreadable) {
    unreadable.ifPresentOrElse(
        sentence -> plugins.feed().refuse("", sentence),
        () -> plugins.feed().remove("", Duration.ZERO));
    // Each round may start what the next one needs.
    while (somethingCame) {
      somethingCame = false;
      Map.copyOf(refused).forEach(this::change);
    }
  }
}
