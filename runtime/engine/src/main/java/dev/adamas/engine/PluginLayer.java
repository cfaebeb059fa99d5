package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.lang.module.ResolutionException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Defines a plugin's jars as one module layer with one class loader.
 *
 * <p>The layer's parent is the engine's own, and nothing is resolved from the system image after
 * it: a plugin sees the modules that run, and no second copy of one.
 */
final class PluginLayer {

  private PluginLayer() {}

  /**
   * Loads a plugin and creates its providers.
   *
   * @param origin for people
   * @param nativeAccess modules that may call native code
   */
  static PluginFeed.Loaded load(String origin, PluginCopy copy, Set<String> nativeAccess)
      throws PluginRefusedException {
    PluginModules modules = modules(copy);
    try {
      if (!modules.provide()) {
        throw new PluginRefusedException(
            "offers no %s; declare one in its module-info and under META-INF/services"
                .formatted(Provider.class.getName()));
      }
      ModuleLayer.Controller controller = define(modules);
      ModuleLayer layer = controller.layer();
      for (Module module : layer.modules()) {
        if (nativeAccess.contains(module.getName())) {
          enable(controller, module);
        }
      }
      Found found = new Found(origin);
      ServiceLoaderSource.discover(
          ServiceLoader.load(layer, Provider.class),
          type -> type.getModule().getLayer() == layer,
          _ -> origin,
          found);
      if (found.providers.isEmpty()) {
        throw new PluginRefusedException(
            found.problems.isEmpty()
                ? "has no usable provider"
                : "has no usable provider: " + String.join("; ", found.problems));
      }
      return new PluginFeed.Loaded(
          origin,
          layer.findLoader(modules.names().iterator().next()),
          found.providers,
          found.problems.stream()
              .map(problem -> "Plugin %s: %s.".formatted(origin, problem))
              .toList(),
          () -> {
            modules.close();
            copy.delete();
          });
    } catch (PluginRefusedException | RuntimeException | Error e) {
      modules.close();
      throw e;
    }
  }

  private static PluginModules modules(PluginCopy copy) throws PluginRefusedException {
    try {
      return PluginModules.of(copy.jars());
    } catch (FindException e) {
      throw new PluginRefusedException(
          cause(e) instanceof IOException io
              ? "is no complete jar (%s); copy it again".formatted(Failures.text(io))
              : "is no module: %s".formatted(Failures.text(e)));
    }
  }

  private static Throwable cause(Throwable failure) {
    Throwable reason = failure;
    while (reason.getCause() != null) {
      reason = reason.getCause();
    }
    return reason;
  }

  private static ModuleLayer.Controller define(PluginModules modules)
      throws PluginRefusedException {
    Module engine = PluginLayer.class.getModule();
    ModuleLayer parent = engine.isNamed() ? engine.getLayer() : ModuleLayer.boot();
    try {
      Configuration configuration =
          parent.configuration().resolve(modules, ModuleFinder.of(), modules.names());
      return ModuleLayer.defineModulesWithOneLoader(
          configuration, List.of(parent), PluginLayer.class.getClassLoader());
    } catch (FindException | ResolutionException | LayerInstantiationException e) {
      throw new PluginRefusedException(
          "cannot be linked: %s; put what is missing beside it into a folder, or start Java with it"
              .formatted(Failures.text(e)));
    }
  }

  @SuppressWarnings("restricted") // granting it is what configuration asks for
  private static void enable(ModuleLayer.Controller controller, Module module)
      throws PluginRefusedException {
    try {
      controller.enableNativeAccess(module);
    } catch (IllegalCallerException _) {
      Module engine = PluginLayer.class.getModule();
      throw new PluginRefusedException(
          "is to have native access, which the engine may not grant; start Java with --enable-native-access=%s"
              .formatted(engine.isNamed() ? engine.getName() : "ALL-UNNAMED"));
    }
  }

  /** Collects what the service loader finds. */
  private static final class Found implements ProviderSource.Sink {

    private final String origin;
    private final List<Provider> providers = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    Found(String origin) {
      this.origin = origin;
    }

    @Override
    public void found(Provider provider, String where) {
      providers.add(provider);
    }

    @Override
    public void failed(String where, Throwable failure) {
      problems.add(
          where.equals(ServiceLoaderSource.ENTRY)
              ? "its class cannot be loaded: " + Failures.text(failure)
              : "%s could not be created: %s"
                  .formatted(where.replace(" in " + origin, ""), Failures.text(failure)));
    }

    @Override
    public void refused(String sentence) {
      problems.add(sentence);
    }
  }
}
