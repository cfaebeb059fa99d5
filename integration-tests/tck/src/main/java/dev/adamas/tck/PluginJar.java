package dev.adamas.tck;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A plugin's jar in a class loader of its own: a module layer where the jar is a module and the kit
 * runs as one, else an unnamed module.
 *
 * <p>Closing it frees the jar's file; its classes go once nobody refers to them.
 */
public final class PluginJar implements AutoCloseable {

  private final Path file;
  private final Optional<ModuleLayer> layer;
  private final Optional<URLClassLoader> loader;
  private final ClassLoader classes;

  private PluginJar(
      Path file,
      Optional<ModuleLayer> layer,
      Optional<URLClassLoader> loader,
      ClassLoader classes) {
    this.file = file;
    this.layer = layer;
    this.loader = loader;
    this.classes = classes;
  }

  /**
   * Loads a jar, or a folder of classes.
   *
   * @throws IOException where it cannot be read or its module does not resolve, in one sentence
   */
  public static PluginJar open(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException("There is no readable file '%s'.".formatted(file));
    }
    ClassLoader parent = PluginJar.class.getClassLoader();
    Set<String> modules = modules(file);
    if (!modules.isEmpty() && PluginJar.class.getModule().isNamed()) {
      ModuleLayer base = PluginJar.class.getModule().getLayer();
      try {
        Configuration configuration =
            base.configuration().resolveAndBind(ModuleFinder.of(file), ModuleFinder.of(), modules);
        ModuleLayer layer = base.defineModulesWithOneLoader(configuration, parent);
        ClassLoader classes = layer.findLoader(modules.iterator().next());
        return new PluginJar(file, Optional.of(layer), Optional.empty(), classes);
      } catch (FindException e) {
        throw new IOException(
            "The module of '%s' cannot be resolved: %s.".formatted(file, e.getMessage()), e);
      }
    }
    URLClassLoader loader = new URLClassLoader(new URL[] {file.toUri().toURL()}, parent);
    return new PluginJar(file, Optional.empty(), Optional.of(loader), loader);
  }

  /** Names of the explicit modules in a jar; none where it is none. */
  private static Set<String> modules(Path file) throws IOException {
    try {
      return ModuleFinder.of(file).findAll().stream()
          .map(ModuleReference::descriptor)
          .filter(module -> !module.isAutomatic())
          .map(module -> module.name())
          .collect(Collectors.toSet());
    } catch (FindException e) {
      throw new IOException("'%s' is no jar: %s.".formatted(file, e.getMessage()), e);
    }
  }

  /** The class loader of the jar. */
  public ClassLoader loader() {
    return classes;
  }

  /**
   * The providers that the jar declares, fresh ones.
   *
   * @throws IOException where it declares none, saying what to add
   */
  public List<Provider> providers() throws IOException {
    ServiceLoader<Provider> services =
        layer
            .map(l -> ServiceLoader.load(l, Provider.class))
            .orElseGet(() -> ServiceLoader.load(Provider.class, classes));
    List<Provider> providers = new ArrayList<>();
    for (ServiceLoader.Provider<Provider> found : services.stream().toList()) {
      if (Objects.equals(found.type().getClassLoader(), classes)) {
        providers.add(found.get());
      }
    }
    if (providers.isEmpty()) {
      throw new IOException(
          "'%s' declares no provider; add 'provides %s with …' to its module-info and a line to META-INF/services/%s."
              .formatted(file, Provider.class.getName(), Provider.class.getName()));
    }
    return providers;
  }

  @Override
  public void close() throws IOException {
    if (loader.isPresent()) {
      loader.get().close();
    }
  }
}
