package dev.adamas.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A folder of plugins that is watched: each jar in it, and each sub-folder with jars or classes, is
 * a plugin in a module layer of its own, loaded when it appears, replaced when it changes and
 * unloaded when it is deleted, while engines run.
 *
 * <p>A file is read when it has not changed for a while, from a private copy. What cannot be loaded
 * is one sentence among the problems of the {@link Catalogue} and takes nothing else with it; a
 * plugin whose file was replaced by such a one stays. A plugin that is removed stays loaded until
 * nothing uses it, and {@link #departures} says what does.
 *
 * <p>Thread-safe. One directory may feed several engines.
 */
public final class PluginDirectory implements ProviderSource, AutoCloseable {

  /**
   * How a folder is watched, and what its plugins may do.
   *
   * @param pins which jars may be loaded
   * @param nativeAccess modules that may call native code, which the process refuses to others
   *     under {@code --illegal-native-access=deny}
   * @param times when it is looked at
   * @param patience how long a departure waits for steps in progress before it is tried later
   */
  public record Options(
      Pins pins, Set<String> nativeAccess, WatchedFolder.Times times, Duration patience) {
    /** Copies; refuses a negative patience. */
    public Options {
      nativeAccess = Set.copyOf(nativeAccess);
      if (patience.isNegative()) {
        throw new IllegalArgumentException("patience must not be negative.");
      }
    }

    /** Every jar, no native code, default times, five seconds of patience. */
    public static Options defaults() {
      return new Options(
          Pins.off(), Set.of(), WatchedFolder.Times.defaults(), Duration.ofSeconds(5));
    }

    /** The same with other pins. */
    public Options pins(Pins pins) {
      return new Options(pins, nativeAccess, times, patience);
    }

    /** The same with other modules that may call native code. */
    public Options nativeAccess(Set<String> modules) {
      return new Options(pins, modules, times, patience);
    }

    /** The same with other times. */
    public Options times(Duration settle, Duration poll, Duration patience) {
      return new Options(pins, nativeAccess, new WatchedFolder.Times(settle, poll), patience);
    }
  }

  /** Puts what the folder has into a feed. */
  private static final class Contents implements WatchedFolder.Visitor {

    private final PluginLoader loader;
    private final Duration patience;
    private final PluginFeed feed = new PluginFeed();

    Contents(Options options) {
      loader = new PluginLoader(options);
      patience = options.patience();
    }

    @Override
    public boolean appeared(String name, Path path, WatchedFolder.Unchanged unchanged) {
      try {
        Optional<PluginFeed.Loaded> plugin = loader.load(path, unchanged);
        plugin.ifPresent(loaded -> feed.put(name, loaded, patience));
        return plugin.isPresent();
      } catch (PluginRefusedException e) {
        refuse(name, path, e);
      } catch (RuntimeException | LinkageError | AssertionError e) {
        // An engine that was told of it.
        refuse(name, path, new PluginRefusedException("cannot be used: " + Failures.text(e), e));
      }
      return true;
    }

    private void refuse(String name, Path path, PluginRefusedException refusal) {
      feed.refuse(
          name,
          loader.sentence(path, refusal)
              + (feed.places().contains(name) ? " What was loaded from it before stays." : ""));
    }

    @Override
    public void gone(String name) {
      feed.remove(name, patience);
    }

    @Override
    public void looked(Optional<String> unreadable) {
      // No plugin has an empty name, so that place is free for what is wrong with the folder.
      unreadable.ifPresentOrElse(
          sentence -> feed.refuse("", sentence), () -> feed.remove("", Duration.ZERO));
      feed.retry(Duration.ZERO);
    }

    void close() {
      Set.copyOf(feed.places()).forEach(this::gone);
      loader.close();
    }
  }

  private final Contents contents;
  private final WatchedFolder folder;

  private PluginDirectory(Contents contents, WatchedFolder folder) {
    this.contents = contents;
    this.folder = folder;
  }

  /**
   * Loads what is in a folder and watches it from then on. It waits a moment for files that have
   * just been written.
   *
   * @throws IllegalArgumentException where it is no folder
   */
  public static PluginDirectory open(Path directory, Options options) {
    Contents contents = new Contents(options);
    try {
      return new PluginDirectory(
          contents,
          WatchedFolder.open("The folder of plugins", directory, options.times(), contents));
    } catch (RuntimeException e) {
      contents.close();
      throw e;
    }
  }

  /**
   * Loads one plugin as a directory loads those in it, for a container of the host's own, which
   * puts it into a {@link PluginFeed}, or for a tool that looks at it.
   *
   * @param plugin a jar, or a folder of jars or classes
   * @param options of which pins and native access play a part
   * @return what has to be unloaded when nothing uses it any more
   * @throws IllegalArgumentException where a directory would refuse it, in one sentence
   */
  public static PluginFeed.Loaded load(Path plugin, Options options) {
    Path file = plugin.toAbsolutePath().normalize();
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("There is no readable file '%s'.".formatted(file));
    }
    PluginLoader loader = new PluginLoader(options);
    try {
      PluginFeed.Loaded loaded = loader.load(file, () -> true).orElseThrow();
      return new PluginFeed.Loaded(
          loaded.origin(),
          loaded.loader(),
          loaded.providers(),
          loaded.problems(),
          () -> {
            loaded.unload().run();
            loader.close();
          });
    } catch (PluginRefusedException e) {
      loader.close();
      throw new IllegalArgumentException(loader.sentence(file, e), e);
    }
  }

  /** The folder. */
  public Path path() {
    return folder.path();
  }

  /** Looks at the folder now instead of when the system tells of a change. */
  public void rescan() {
    folder.look();
  }

  /** What was removed or replaced, and how far it has gone. */
  public List<PluginDeparture> departures() {
    return contents.feed.departures();
  }

  @Override
  public void discover(Sink sink) {
    contents.feed.discover(sink);
  }

  @Override
  public Optional<Watch> watch(Listener listener) {
    return contents.feed.watch(listener);
  }

  /**
   * Stops watching and removes every plugin from the engines that are still open; what they still
   * use stays loaded until they close.
   */
  @Override
  public void close() {
    folder.close();
    contents.close();
  }
}
