package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Distance;
import dev.adamas.api.Parameter;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Settings;
import dev.adamas.api.Stage;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The factories of every plugin, found once, by kind, id and version; makes policies, stages and
 * backends from references.
 */
final class Registry implements Settings.StageLookup {

  /** A factory and who offers it. */
  private record Offer(
      Catalogue.Kind kind,
      String id,
      int version,
      String description,
      List<Parameter> parameters,
      Object factory,
      String plugin,
      String origin) {

    String name() {
      return kind.word() + " " + id + "@" + version;
    }

    Catalogue.Component component(Optional<String> unavailable) {
      return new Catalogue.Component(
          kind, id, version, description, parameters, plugin, origin, unavailable);
    }
  }

  private final Map<String, Offer> offers = new TreeMap<>();

  /** Names that are offered more than once, with the sentence that says so. */
  private final Map<String, String> conflicts = new TreeMap<>();

  private final List<Offer> refused = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  @Inject
  Registry(Set<ProviderSource> sources) {
    for (ProviderSource source : sources) {
      source.discover(
          new ProviderSource.Sink() {
            @Override
            public void found(Provider provider, String origin) {
              add(provider, origin);
            }

            @Override
            public void failed(String origin, Throwable failure) {
              problems.add(
                  "A provider from %s could not be created: %s."
                      .formatted(origin, Failures.text(failure)));
            }
          });
    }
  }

  private void add(Provider provider, String origin) {
    // A provider is foreign code, possibly linked against another SPI: whatever it throws is its
    // own problem and must not take the others with it.
    try {
      if (provider.spiVersion() != Provider.SPI_VERSION) {
        problems.add(
            "Plugin %s %s from %s was built for SPI version %d, but this engine has version %d; use a build of the plugin for it."
                .formatted(
                    provider.name(),
                    provider.version(),
                    origin,
                    provider.spiVersion(),
                    Provider.SPI_VERSION));
        return;
      }
      String plugin = provider.name() + " " + provider.version();
      List<Offer> found = new ArrayList<>();
      for (PolicyFactory f : provider.policies()) {
        found.add(
            new Offer(
                Catalogue.Kind.POLICY,
                f.id(),
                f.version(),
                f.description(),
                f.parameters(),
                f,
                plugin,
                origin));
      }
      for (StageFactory f : provider.stages()) {
        found.add(
            new Offer(
                kind(f.kind()),
                f.id(),
                f.version(),
                f.description(),
                f.parameters(),
                f,
                plugin,
                origin));
      }
      for (BackendFactory f : provider.backends()) {
        found.add(
            new Offer(
                Catalogue.Kind.BACKEND,
                f.id(),
                f.version(),
                f.description(),
                f.parameters(),
                f,
                plugin,
                origin));
      }
      found.forEach(this::add);
    } catch (RuntimeException | LinkageError | ServiceConfigurationError e) {
      problems.add(
          "Plugin %s from %s failed while it was asked what it offers: %s."
              .formatted(provider.getClass().getName(), origin, Failures.text(e)));
    }
  }

  private void add(Offer offer) {
    ComponentSpec.of(offer.id(), offer.version()); // refuses malformed ids and versions
    Offer first = offers.putIfAbsent(offer.name(), offer);
    if (first == null) {
      return;
    }
    String problem =
        "%s is offered twice, by plugin %s (%s) and by plugin %s (%s); remove one of them."
            .formatted(
                Failures.capitalised(offer.name()),
                first.plugin(),
                first.origin(),
                offer.plugin(),
                offer.origin());
    if (conflicts.putIfAbsent(offer.name(), problem) == null) {
      problems.add(problem);
    }
    refused.add(offer);
  }

  private static Catalogue.Kind kind(Class<? extends Stage> kind) {
    if (kind == Transform.class) {
      return Catalogue.Kind.TRANSFORM;
    } else if (kind == Quantizer.class) {
      return Catalogue.Kind.QUANTIZER;
    } else if (kind == Distance.class) {
      return Catalogue.Kind.DISTANCE;
    } else if (kind == Selector.class) {
      return Catalogue.Kind.SELECTOR;
    }
    throw new IllegalArgumentException(
        kind.getName() + " is no kind of stage; use Transform, Quantizer, Distance or Selector");
  }

  /**
   * What was found.
   *
   * @param unavailable why a backend cannot be used, by id and version
   */
  Catalogue catalogue(java.util.function.Function<Reference, Optional<String>> unavailable) {
    List<Catalogue.Component> components = new ArrayList<>();
    for (Offer offer : offers.values()) {
      Optional<String> conflict = Optional.ofNullable(conflicts.get(offer.name()));
      components.add(
          offer.component(
              conflict.isEmpty() && offer.kind() == Catalogue.Kind.BACKEND
                  ? unavailable.apply(Reference.parse(offer.id() + "@" + offer.version()))
                  : conflict));
    }
    refused.forEach(o -> components.add(o.component(Optional.ofNullable(conflicts.get(o.name())))));
    components.sort(
        Comparator.comparing(Catalogue.Component::kind)
            .thenComparing(Catalogue.Component::id)
            .thenComparingInt(Catalogue.Component::version));
    return new Catalogue(components, problems);
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
    AttentionPolicy policy =
        ((PolicyFactory) offer.factory()).create().apply(settings(offer, reference));
    check(offer, policy.spec());
    return policy;
  }

  ComputeBackend backend(Reference reference) {
    Offer offer = find(Catalogue.Kind.BACKEND, reference);
    ComputeBackend backend =
        ((BackendFactory) offer.factory()).create().apply(settings(offer, reference));
    check(offer, backend.spec());
    return backend;
  }

  @Override
  public Stage stage(Class<? extends Stage> kind, String text) {
    Reference reference = Reference.parse(text);
    Offer offer = find(kind(kind), reference);
    Stage stage = ((StageFactory) offer.factory()).create().apply(settings(offer, reference));
    check(offer, stage.spec());
    if (!kind.isInstance(stage)) {
      throw new IllegalArgumentException(
          "Plugin %s made something else than a %s for %s; report it to its author."
              .formatted(offer.plugin(), kind.getSimpleName(), offer.name()));
    }
    return stage;
  }

  private Settings settings(Offer offer, Reference reference) {
    return Settings.of(offer.name(), offer.parameters(), reference.options(), this);
  }

  private static void check(Offer offer, ComponentSpec spec) {
    if (!spec.is(offer.id(), offer.version())) {
      throw new IllegalArgumentException(
          "Plugin %s made %s for %s; report it to its author."
              .formatted(offer.plugin(), spec.name(), offer.name()));
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
