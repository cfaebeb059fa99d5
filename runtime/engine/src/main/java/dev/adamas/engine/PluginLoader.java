package dev.adamas.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Loads plugins from private copies of their files; whatever goes wrong is one sentence. */
final class PluginLoader {

  private final PluginDirectory.Options options;
  private final Path copies;

  /**
   * Makes a folder for the copies among the temporary files.
   *
   * @throws IllegalArgumentException where that is not possible
   */
  PluginLoader(PluginDirectory.Options options) {
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

  /**
   * Loads a jar, or a folder of jars or classes.
   *
   * @param unchanged whether it is still what was found
   * @return empty where it changed while it was copied
   * @throws PluginRefusedException where it is no plugin or cannot be loaded
   */
  Optional<PluginFeed.Loaded> load(Path plugin, WatchedFolder.Unchanged unchanged)
      throws PluginRefusedException {
    Optional<PluginCopy> copy = Optional.empty();
    try {
      PluginCopy made = PluginCopy.of(plugin, copies, options.pins());
      copy = Optional.of(made);
      if (!unchanged.check()) {
        made.delete(); // what was copied is neither the one nor the other
        return Optional.empty();
      }
      return Optional.of(PluginLayer.load(plugin.toString(), made, options.nativeAccess()));
    } catch (PluginRefusedException e) {
      copy.ifPresent(PluginCopy::delete);
      throw e;
    } catch (IOException e) {
      copy.ifPresent(PluginCopy::delete);
      throw new PluginRefusedException("cannot be read: " + Failures.text(e), e);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      // Foreign code and damaged classes throw whatever they like.
      copy.ifPresent(PluginCopy::delete);
      throw new PluginRefusedException("cannot be loaded: " + Failures.text(e), e);
    }
  }

  /** Says that something was refused, in a sentence that names the original and not the copy. */
  String sentence(Path plugin, PluginRefusedException refusal) {
    return "Plugin %s was refused: it %s."
        .formatted(
            plugin, refusal.reason().replace(copies + plugin.getFileSystem().getSeparator(), ""));
  }

  /** Deletes the copies. */
  void close() {
    PluginCopy.delete(copies);
  }
}
