package dev.adamas.cli.soak;

import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.PluginDirectory;
import dev.adamas.osgi.OsgiContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;

/**
 * Loads, replaces and unloads plugins while sequences run: one in a module layer, one as a bundle.
 * Each call makes one change in each container, on a thread of its own.
 */
final class PluginChurn implements AutoCloseable {

  /** What the names of both plugins begin with. */
  static final String NAMES = "soak-";

  /** The plugin of the watched directory. */
  static final String LAYER = NAMES + "layer";

  /** The plugin of the OSGi framework. */
  static final String BUNDLE = NAMES + "bundle";

  private static final Duration SETTLE = Duration.ofMillis(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Path folder;
  private final PluginDirectory directory;
  private final OsgiContainer container;
  private final List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
  private OptionalLong bundle = OptionalLong.empty();
  private int rounds;

  /**
   * @param folder empty; holds the jars
   */
  PluginChurn(Path folder) throws IOException {
    this.folder = folder;
    Path watched = Files.createDirectory(folder.resolve("plugins"));
    directory =
        PluginDirectory.open(
            watched, PluginDirectory.Options.defaults().times(SETTLE, POLL, LIMIT));
    container = OsgiContainer.start(OsgiContainer.Options.defaults());
  }

  PluginDirectory directory() {
    return directory;
  }

  OsgiContainer container() {
    return container;
  }

  /** Plugins that were loaded so far. */
  int loaded() {
    return loaders.size();
  }

  /** Class loaders of plugins that are still in memory. */
  long alive() {
    return loaders.stream().filter(loader -> loader.get() != null).count();
  }

  /** Next change: version 1 comes, version 2 replaces it, it goes. */
  void change(Engine engine) {
    int step = rounds++ % 3;
    try {
      if (step == 2) {
        Files.deleteIfExists(watchedJar());
        bundle.ifPresent(container::uninstall);
        bundle = OptionalLong.empty();
        directory.rescan();
      } else {
        Path jar = Files.createTempFile(folder, "next", ".jar");
        SoakJar.write(jar, BUNDLE, step + 1);
        if (bundle.isPresent()) {
          container.update(bundle.getAsLong(), jar);
        } else {
          bundle = OptionalLong.of(container.install(jar));
        }
        SoakJar.write(jar, LAYER, step + 1);
        Files.move(jar, watchedJar(), StandardCopyOption.ATOMIC_MOVE);
        note(engine, BUNDLE, step + 1);
        note(engine, LAYER, step + 1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path watchedJar() {
    return directory.path().resolve(LAYER + ".jar");
  }

  /** Waits until a plugin is there, and remembers its class loader. */
  private void note(Engine engine, String policy, int version) {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .noneMatch(found -> found.id().equals(policy) && found.version() == version)) {
      if (System.nanoTime() - end > 0) {
        throw new SoakException(
            "%s@%d has not come after %d s. %s"
                .formatted(
                    policy,
                    version,
                    LIMIT.toSeconds(),
                    String.join(" ", engine.catalogue().problems())));
      }
      pause();
      directory.rescan();
    }
    loaders.add(
        new WeakReference<>(engine.policy(policy + "@" + version).getClass().getClassLoader()));
  }

  private static void pause() {
    try {
      Thread.sleep(SETTLE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new CancellationException();
    }
  }

  /** Removes what is loaded; what still used it, if anything. */
  List<String> removeAll() throws IOException {
    Files.deleteIfExists(watchedJar());
    Optional<PluginDeparture> last = Optional.empty();
    if (bundle.isPresent()) {
      last = container.uninstall(bundle.getAsLong());
      bundle = OptionalLong.empty();
    }
    directory.rescan();
    List<String> users = new ArrayList<>();
    directory.departures().forEach(departure -> users.addAll(departure.users()));
    last.ifPresent(departure -> users.addAll(departure.users()));
    return users;
  }

  @Override
  public void close() {
    directory.close();
    container.close();
  }
}
