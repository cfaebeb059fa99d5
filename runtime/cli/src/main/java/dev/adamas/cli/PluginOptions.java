package dev.adamas.cli;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.ProviderSource;
import dev.adamas.osgi.OsgiContainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that say where plugins come from besides the module path. */
final class PluginOptions {

  @Option(
      names = "--plugins",
      paramLabel = "DIR",
      description =
          "Folder of plugins, each a jar or a sub-folder of jars or classes; watched while the"
              + " command runs (repeatable).")
  private List<Path> plugins = List.of();

  @Option(
      names = "--bundles",
      paramLabel = "DIR",
      description = "Folder of OSGi bundles that offer plugins; watched while the command runs.")
  private Optional<Path> bundles = Optional.empty();

  /** Puts the folders over a configuration. */
  void over(EngineConfig base, EngineConfig.Builder builder) {
    if (plugins.isEmpty()) {
      return;
    }
    EngineConfig.PluginSettings configured = base.plugins();
    List<Path> directories = new ArrayList<>(configured.directories());
    directories.addAll(plugins);
    builder.plugins(
        new EngineConfig.PluginSettings(directories, configured.pins(), configured.nativeAccess()));
  }

  /**
   * An engine with these plugins. No framework is started where no bundles are asked for.
   *
   * @throws IllegalArgumentException where a folder does not exist, or configuration does not fit
   */
  Running engine(EngineConfig config) {
    if (bundles.isEmpty()) {
      return new Running(Engine.create(config), Optional.empty());
    }
    OsgiContainer container =
        OsgiContainer.start(
            OsgiContainer.Options.defaults().folder(bundles.get()).pins(config.plugins().pins()));
    try {
      Engine engine =
          Engine.builder()
              .config(config)
              .source(ProviderSource.serviceLoader(PluginOptions.class.getClassLoader()))
              .source(container.source())
              .build();
      return new Running(engine, Optional.of(container));
    } catch (RuntimeException | Error e) {
      container.close();
      throw e;
    }
  }

  /**
   * An engine and what feeds it.
   *
   * @param engine closed first
   * @param container closed after it
   */
  record Running(Engine engine, Optional<OsgiContainer> container) implements AutoCloseable {
    @Override
    public void close() {
      try {
        engine.close();
      } finally {
        container.ifPresent(OsgiContainer::close);
      }
    }
  }
}
