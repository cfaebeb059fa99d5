package dev.adamas.engine;

import java.io.IOException;
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

  /** Loads what the folder has. */
  private static final class Loader implements WatchedFolder.Visitor {

    private final Options options;
    private final Path copies;
    private final PluginFeed feed = new PluginFeed();

    Loader(Options options) {
      this.options = options;
      try {
        copies = Files.createTempDirectory("adamas-plugins");
      } catch (IOException e) {
        throw new IllegalArgumentException(
            "Plugins cannot be copied to the folder of temporary files: %s."
                .formatted(Failures.text(e)),
            e);
      }
    }

    @Override
    public boolean appeared(String name, Path path, WatchedFolder.Unchanged unchanged) {
      Optional<PluginCopy> copy = Optional.empty();
      try {
        PluginCopy made = PluginCopy.of(path, copies, options.pins());
        copy = Optional.of(made);
        if (!unchanged.check()) {
          made.delete(); // what was copied is neither the one nor the other
          return false;
        }
        PluginFeed.Loaded plugin = PluginLayer.load(path.toString(), made, options.nativeAccess());
        feed.put(name, plugin, options.patience());
      } catch (PluginRefusedException e) {
        refuse(name, path, copy, e.reason());
      } catch (IOException e) {
        refuse(name, path, copy, "cannot be read: " + Failures.text(e));
      } catch (RuntimeException | LinkageError | AssertionError e) {
        // Foreign code and damaged classes throw whatever they like.
        refuse(name, path, copy, "cannot be loaded: " + Failures.text(e));
      }
      return true;
    }

    private void refuse(String name, Path path, Optional<PluginCopy> copy, String reason) {
      copy.ifPresent(PluginCopy::delete);
      feed.refuse(
          name,
          "Plugin %s was refused: it %s.%s"
              .formatted(
                  path,
                  reason.replace(copies + path.getFileSystem().getSeparator(), ""),
                  feed.places().contains(name) ? " What was loaded from it before stays." : ""));
    }

    @Override
    public void gone(String name) {
      feed.remove(name, options.patience());
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
      PluginCopy.delete(copies);
    }
  }

  private final Loader loader;
  private final WatchedFolder folder;

  private PluginDirectory(Loader loader, WatchedFolder folder) {
    this.loader = loader;
    this.folder = folder;
  }

  /**
   * Loads what is in a folder and watches it from then on. It waits a moment for files that have
   * just been written.
   *
   * @throws IllegalArgumentException where it is no folder
   */
  public static PluginDirectory open(Path directory, Options options) {
    Loader loader = new Loader(options);
    try {
      return new PluginDirectory(
          loader, WatchedFolder.open("The folder of plugins", directory, options.times(), loader));
    } catch (RuntimeException e) {
      loader.close();
      throw e;
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
    return loader.feed.departures();
  }

  @Override
  public void discover(Sink sink) {
    loader.feed.discover(sink);
  }

  @Override
  public Optional<Watch> watch(Listener listener) {
    return loader.feed.watch(listener);
  }

  /**
   * Stops watching and removes every plugin from the engines that are still open; what they still
   * use stays loaded until they close.
   */
  @Override
  public void close() {
    folder.close();
    loader.close();
  }
}
