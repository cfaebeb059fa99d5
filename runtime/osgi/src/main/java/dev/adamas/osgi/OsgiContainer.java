package dev.adamas.osgi;

import dev.adamas.engine.Pins;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.WatchedFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * An OSGi framework whose bundles offer plugins: every bundle with an {@code osgi.serviceloader}
 * capability for {@link dev.adamas.api.Provider} is one while it is active.
 *
 * <p>A bundle that is updated or uninstalled through this class is asked for first: engines take
 * its plugins out of their catalogues and move what runs on them, and only then does the bundle
 * stop. Where something still uses it, it goes on and is asked again until nothing does. A bundle
 * that is stopped in other ways is waited for as long as {@link Options#patience} says and then
 * stops.
 *
 * <p>Bundles are unnamed modules, so native access is theirs only where the whole class path has
 * it.
 *
 * <p>Thread-safe.
 */
public final class OsgiContainer implements AutoCloseable {

  /**
   * What a container does.
   *
   * @param folder a folder of bundles that are installed, updated and uninstalled as their jars
   *     come, change and go
   * @param pins which bundles this class installs; those that others install are theirs to check
   * @param times when the folder is looked at
   * @param patience how long a bundle that stops waits for what uses it
   */
  public record Options(
      Optional<Path> folder, Pins pins, WatchedFolder.Times times, Duration patience) {

    /** No folder, every bundle, five seconds of patience. */
    public static Options defaults() {
      return new Options(
          Optional.empty(), Pins.off(), WatchedFolder.Times.defaults(), Duration.ofSeconds(5));
    }

    /** The same with a folder. */
    public Options folder(Path folder) {
      return new Options(Optional.of(folder), pins, times, patience);
    }

    /** The same with pins. */
    public Options pins(Pins pins) {
      return new Options(folder, pins, times, patience);
    }

    /** The same with other times. */
    public Options times(WatchedFolder.Times times, Duration patience) {
      return new Options(folder, pins, times, patience);
    }
  }

  private final Optional<EmbeddedFramework> own;
  private final BundlePlugins plugins;
  private final Bundles bundles;
  private final Optional<WatchedFolder> folder;
  private final Retries retries;

  private OsgiContainer(Optional<EmbeddedFramework> own, BundleContext context, Options options) {
    this.own = own;
    plugins = new BundlePlugins(context, options.patience());
    bundles = new Bundles(context, plugins, options);
    plugins.open();
    try {
      folder = options.folder().map(path -> BundleFolder.open(path, bundles, plugins, options));
    } catch (RuntimeException e) {
      plugins.close();
      throw e;
    }
    retries = Retries.start(bundles);
  }

  /**
   * Starts the framework of the class path or module path.
   *
   * @throws IllegalStateException where there is none, or where it does not start
   */
  public static OsgiContainer start(Options options) {
    return start(options, EmbeddedFramework.find());
  }

  /**
   * Starts a framework.
   *
   * @throws IllegalStateException where it does not start
   */
  public static OsgiContainer start(Options options, FrameworkFactory factory) {
    EmbeddedFramework framework = EmbeddedFramework.start(factory);
    try {
      return new OsgiContainer(Optional.of(framework), framework.context(), options);
    } catch (RuntimeException e) {
      framework.close();
      throw e;
    }
  }

  /**
   * Uses the framework of a host, which must share the package {@code dev.adamas.api} with its
   * bundles. Closing the container leaves the framework and its bundles alone.
   *
   * @param context of the system bundle, or of the host's own bundle
   */
  public static OsgiContainer adopt(BundleContext context, Options options) {
    return new OsgiContainer(Optional.empty(), context, options);
  }

  /** Where engines find the plugins of the bundles. */
  public ProviderSource source() {
    return plugins.feed();
  }

  /**
   * Installs and starts a bundle.
   *
   * @return its id
   * @throws IllegalArgumentException where it is no bundle, is not pinned or does not start, in one
   *     sentence
   */
  public long install(Path jar) {
    return bundles.install(jar);
  }

  /**
   * Replaces the contents of a bundle. Where its plugins are still used, that happens as soon as
   * they are not.
   *
   * @return what became of its plugins; empty where it had none
   * @throws IllegalArgumentException where there is no such bundle or the new contents are refused;
   *     the bundle stays as it was
   */
  public Optional<PluginDeparture> update(long bundle, Path jar) {
    return bundles.update(bundle, jar);
  }

  /**
   * Uninstalls a bundle. Where its plugins are still used, that happens as soon as they are not.
   *
   * @return what became of its plugins; empty where it had none
   * @throws IllegalArgumentException where there is no such bundle
   */
  public Optional<PluginDeparture> uninstall(long bundle) {
    return bundles.uninstall(bundle);
  }

  /** What was stopped, updated or uninstalled, and how far it has gone. */
  public List<PluginDeparture> departures() {
    return plugins.feed().departures();
  }

  /** Looks at the folder now instead of when the system tells of a change. */
  public void rescan() {
    folder.ifPresent(WatchedFolder::look);
  }

  /**
   * Removes the plugins of all bundles from the engines that are still open, and stops the
   * framework where this class started it.
   */
  @Override
  public void close() {
    retries.close();
    folder.ifPresent(WatchedFolder::close);
    plugins.close();
    own.ifPresent(EmbeddedFramework::close);
  }
}
