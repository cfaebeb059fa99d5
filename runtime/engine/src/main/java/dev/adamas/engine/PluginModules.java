package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The modules of a plugin's jars, with their files closed on demand instead of by the garbage
 * collector.
 *
 * <p>Where this engine runs on the class path, the API is in no named module that a plugin could
 * require. Its modules then become automatic ones, which read the class path: the plugin keeps its
 * own class loader and loses nothing but the encapsulation of its own packages.
 */
final class PluginModules implements ModuleFinder, AutoCloseable {

  private static final String API = Provider.class.getPackageName();

  private final Map<String, ModuleReference> modules = new TreeMap<>();
  private final List<ModuleReader> readers = new ArrayList<>();

  private PluginModules() {}

  /**
   * Reads the jars' descriptors.
   *
   * @throws java.lang.module.FindException where one is no jar or has no usable name or descriptor
   */
  static PluginModules of(List<Path> jars) throws PluginRefusedException {
    PluginModules found = new PluginModules();
    boolean named = Provider.class.getModule().isNamed();
    for (Path jar : jars) {
      for (ModuleReference reference : ModuleFinder.of(jar).findAll()) {
        ModuleDescriptor descriptor = reference.descriptor();
        if (descriptor.packages().contains(API)) {
          if (jars.size() > 1 && descriptor.provides().isEmpty()) {
            continue; // the API's own jar beside the plugin: the engine's is used
          }
          throw new PluginRefusedException(
              "contains the package %s, which only the engine may have; package it without"
                  .formatted(API));
        }
        ModuleReference known =
            found.modules.putIfAbsent(
                descriptor.name(),
                found.new Closing(named ? descriptor : automatic(descriptor), reference));
        if (known != null) {
          throw new PluginRefusedException(
              "has module %s in two jars; remove one of them".formatted(descriptor.name()));
        }
      }
    }
    return found;
  }

  private static ModuleDescriptor automatic(ModuleDescriptor descriptor) {
    ModuleDescriptor.Builder builder =
        ModuleDescriptor.newAutomaticModule(descriptor.name()).packages(descriptor.packages());
    descriptor.version().ifPresent(builder::version);
    descriptor.provides().forEach(builder::provides);
    return builder.build();
  }

  Set<String> names() {
    return modules.keySet();
  }

  /** Whether a module says that it has an entry point. */
  boolean provide() {
    return modules.values().stream()
        .flatMap(m -> m.descriptor().provides().stream())
        .anyMatch(p -> p.service().equals(Provider.class.getName()));
  }

  @Override
  public Optional<ModuleReference> find(String name) {
    return Optional.ofNullable(modules.get(name));
  }

  @Override
  public Set<ModuleReference> findAll() {
    return Set.copyOf(modules.values());
  }

  /** Closes the jars; classes that were not loaded yet cannot be loaded any more. */
  @Override
  public void close() {
    synchronized (readers) {
      for (ModuleReader reader : readers) {
        try {
          reader.close();
        } catch (IOException _) {
          // It was only read.
        }
      }
      readers.clear();
    }
  }

  private final class Closing extends ModuleReference {

    private final ModuleReference jar;

    Closing(ModuleDescriptor descriptor, ModuleReference jar) {
      super(descriptor, jar.location().orElse(null));
      this.jar = jar;
    }

    @Override
    public ModuleReader open() throws IOException {
      ModuleReader reader = jar.open();
      synchronized (readers) {
        readers.add(reader);
      }
      return reader;
    }
  }
}
