package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Settings;
import dev.adamas.api.Stage;
import dev.adamas.api.StageFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The factories of every plugin there is at one moment, by kind, id and version; makes policies,
 * stages and backends from references. Immutable: what changes is which registry the engine asks.
 */
final class Registry implements Settings.StageLookup {

  /** The registry of an engine that has not looked yet. */
  static final Registry EMPTY = new Registry(List.of(), Map.of(), Map.of(), Map.of(), List.of());

  private final List<Plugin> plugins;
  private final Map<String, Offer> offers;

  /** Names that nobody may use, with the sentence that says why. */
  private final Map<String, String> conflicts;

  /** Offers of names that another plugin has, with the sentence that says so. */
  private final Map<Offer, String> refused;

  private final List<String> problems;

  Registry(
      List<Plugin> plugins,
      Map<String, Offer> offers,
      Map<String, String> conflicts,
      Map<Offer, String> refused,
      List<String> problems) {
    this.plugins = List.copyOf(plugins);
    this.offers = Collections.unmodifiableMap(new TreeMap<>(offers));
    this.conflicts = Map.copyOf(conflicts);
    this.refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
    this.problems = List.copyOf(problems);
  }

  List<Plugin> plugins() {
    return plugins;
  }

  /** Whether this very offer stands, or one of the same plugin in another version. */
  boolean offers(Offer offer) {
    Offer known = offers.get(offer.name());
    return known != null
        && !conflicts.containsKey(offer.name())
        && known.plugin().name().equals(offer.plugin().name());
  }

  /**
   * What was found.
   *
   * @param unavailable why a backend cannot be used, by id and version
   */
  Catalogue catalogue(Function<Reference, Optional<String>> unavailable) {
    List<Catalogue.Component> components = new ArrayList<>();
    for (Offer offer : offers.values()) {
      Optional<String> conflict = Optional.ofNullable(conflicts.get(offer.name()));
      components.add(
          offer.component(
              conflict.isEmpty() && offer.kind() == Catalogue.Kind.BACKEND
                  ? unavailable.apply(Reference.parse(offer.id() + "@" + offer.version()))
                  : conflict));
    }
    refused.forEach((offer, problem) -> components.add(offer.component(Optional.of(problem))));
    components.sort(
        Comparator.comparing(Catalogue.Component::kind)
            .thenComparing(Catalogue.Component::id)
            .thenComparingInt(Catalogue.Component::version));
    return new Catalogue(
        components,
        plugins.stream()
            .map(p -> new Catalogue.Plugin(p.name(), p.version(), p.origin()))
            .distinct()
            .toList(),
        problems);
  }

  /** Name and version of the plugin that offers a component now. */
  Optional<String> plugin(Catalogue.Kind kind, ComponentSpec spec) {
    return Optional.ofNullable(offers.get(kind.word() + " " + spec.name()))
        .map(offer -> offer.plugin().title());
  }

  /** Ids of the backends on the path. */
  List<String> backends() {
    return offers.values().stream()
        .filter(o -> o.kind() == Catalogue.Kind.BACKEND)
        .map(Offer::id)
        .distinct()
        .toList();
  }

  /** The policy of a configuration with its layer overrides. */
  AttentionPolicy configuredPolicy(EngineConfig config) {
    AttentionPolicy policy = policy(config.policy());
    return config.layers().isEmpty()
        ? policy
        : new LayeredPolicy(
            policy,
            config.layers().stream()
                .map(o -> new LayeredPolicy.Part(o, policy(o.policy())))
                .toList());
  }

  AttentionPolicy policy(Reference reference) {
    Offer offer = find(Catalogue.Kind.POLICY, reference);
    AttentionPolicy policy = make(offer, reference, ((PolicyFactory) offer.factory()).create());
    check(offer, policy.spec());
    return policy;
  }

  /** Who offers a backend. */
  Offer backendOffer(Reference reference) {
    return find(Catalogue.Kind.BACKEND, reference);
  }

  ComputeBackend backend(Reference reference) {
    Offer offer = backendOffer(reference);
    ComputeBackend backend = make(offer, reference, ((BackendFactory) offer.factory()).create());
    check(offer, backend.spec());
    return backend;
  }

  @Override
  public Stage stage(Class<? extends Stage> kind, String text) {
    Reference reference = Reference.parse(text);
    Offer offer = find(Offer.kind(kind), reference);
    Stage stage = make(offer, reference, ((StageFactory) offer.factory()).create());
    check(offer, stage.spec());
    if (!kind.isInstance(stage)) {
      throw new IllegalArgumentException(
          "Plugin %s made something else than a %s for %s; report it to its author."
              .formatted(offer.plugin().title(), kind.getSimpleName(), offer.name()));
    }
    return stage;
  }

  private <T> T make(Offer offer, Reference reference, Function<Settings, ? extends T> factory) {
    Settings settings = Settings.of(offer.name(), offer.parameters(), reference.options(), this);
    try {
      return factory.apply(settings);
    } catch (IllegalArgumentException e) {
      throw e; // settings that do not fit together, in the plugin's own words
    } catch (RuntimeException | LinkageError e) {
      throw new IllegalArgumentException(
          "Plugin %s failed to make %s: %s; report it to its author."
              .formatted(offer.plugin().title(), offer.name(), Failures.text(e)),
          e);
    }
  }

  private static void check(Offer offer, ComponentSpec spec) {
    if (!spec.is(offer.id(), offer.version())) {
      throw new IllegalArgumentException(
          "Plugin %s made %s for %s; report it to its author."
              .formatted(offer.plugin().title(), spec.name(), offer.name()));
    }
  }

  private Offer find(Catalogue.Kind kind, Reference reference) {
    List<Offer> ofKind = offers.values().stream().filter(o -> o.kind() == kind).toList();
    List<Offer> named = ofKind.stream().filter(o -> o.id().equals(reference.id())).toList();
    if (named.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no %s '%s'; %s"
              .formatted(
                  kind.word(),
                  reference.id(),
                  ofKind.isEmpty()
                      ? "no plugin on the path offers any."
                      : "there are "
                          + ofKind.stream()
                              .map(Offer::id)
                              .distinct()
                              .sorted()
                              .collect(Collectors.joining(", "))
                          + "."));
    }
    Optional<Offer> match =
        named.stream()
            .filter(
                o -> reference.version().isEmpty() || reference.version().getAsInt() == o.version())
            .max(Comparator.comparingInt(Offer::version));
    if (match.isEmpty()) {
      throw new IllegalArgumentException(
          "%s '%s' has no version %d; it has %s."
              .formatted(
                  Failures.capitalised(kind.word()),
                  reference.id(),
                  reference.version().getAsInt(),
                  named.stream()
                      .map(o -> Integer.toString(o.version()))
                      .collect(Collectors.joining(", "))));
    }
    String conflict = conflicts.get(match.get().name());
    if (conflict != null) {
      throw new IllegalArgumentException(conflict);
    }
    return match.get();
  }
}
