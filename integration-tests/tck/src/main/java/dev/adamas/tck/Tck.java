package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.Distance;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The checks of a whole plugin: of its provider, and of every component that it offers, with
 * default settings.
 */
public final class Tck {

  /**
   * A check of a component.
   *
   * @param component the component, such as {@code policy adamas@1}, or {@code plugin name}
   * @param check the check
   */
  public record Item(String component, Check check) {}

  private Tck() {}

  /**
   * The checks of a plugin on the path.
   *
   * @param maker makes the provider, as a container does
   */
  public static List<Item> of(Supplier<? extends Provider> maker) {
    Provider provider = maker.get();
    return of(maker, Components.builtIn().with(List.of(provider)), List.of(provider));
  }

  /**
   * The checks of one provider of a plugin.
   *
   * @param maker makes the provider
   * @param components where stages that settings refer to are found
   * @param plugin all providers of the plugin: its policies' plans and its quantisers are used to
   *     check its backends and distances
   */
  static List<Item> of(
      Supplier<? extends Provider> maker, Components components, List<Provider> plugin) {
    Provider provider = maker.get();
    List<Item> items = new ArrayList<>();
    add(items, "plugin " + provider.name(), ProviderChecks.of(maker, components));
    for (StageFactory factory : provider.stages()) {
      addStage(items, factory, components, plugin);
    }
    for (PolicyFactory factory : provider.policies()) {
      add(
          items,
          "policy %s@%d".formatted(factory.id(), factory.version()),
          PolicyChecks.of(() -> components.policy(factory)));
    }
    for (BackendFactory factory : provider.backends()) {
      add(
          items,
          "backend %s@%d".formatted(factory.id(), factory.version()),
          BackendChecks.of(() -> components.backend(factory), policies(components, plugin)));
    }
    return List.copyOf(items);
  }

  private static void addStage(
      List<Item> items, StageFactory factory, Components components, List<Provider> plugin) {
    String name = "%s@%d".formatted(factory.id(), factory.version());
    if (factory.kind() == Transform.class) {
      add(
          items,
          "transform " + name,
          TransformChecks.of(() -> (Transform) components.stage(factory)));
    } else if (factory.kind() == Quantizer.class) {
      add(
          items,
          "quantizer " + name,
          QuantizerChecks.of(() -> (Quantizer) components.stage(factory)));
    } else if (factory.kind() == Distance.class) {
      add(
          items,
          "distance " + name,
          DistanceChecks.of(
              () -> (Distance) components.stage(factory), quantizers(components, plugin)));
    } else if (factory.kind() == Selector.class) {
      add(items, "selector " + name, SelectorChecks.of(() -> (Selector) components.stage(factory)));
    }
  }

  private static void add(List<Item> items, String component, List<Check> checks) {
    checks.forEach(check -> items.add(new Item(component, check)));
  }

  /** The plugin's policies with their defaults; its own checks tell about those that fail. */
  private static List<AttentionPolicy> policies(Components components, List<Provider> plugin) {
    return plugin.stream()
        .flatMap(p -> p.policies().stream())
        .flatMap(f -> made(() -> components.policy(f)).stream())
        .toList();
  }

  private static List<Quantizer> quantizers(Components components, List<Provider> plugin) {
    return plugin.stream()
        .flatMap(p -> p.stages().stream())
        .filter(f -> f.kind() == Quantizer.class)
        .flatMap(f -> made(() -> (Quantizer) components.stage(f)).stream())
        .toList();
  }

  private static <T> Optional<T> made(Supplier<T> maker) {
    try {
      return Optional.of(maker.get());
    } catch (RuntimeException | LinkageError _) {
      return Optional.empty();
    }
  }
}
