package dev.adamas.tck;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Parameter;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.StageFactory;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.OwnThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What a plugin's entry point must do. */
public final class ProviderChecks {

  /** A provider only names things; a disk or a device is slower than this. */
  static final Duration DISCOVERY = Duration.ofMillis(500);

  /** Making a component may look at the machine, but a host waits for it. */
  static final Duration CREATION = Duration.ofSeconds(5);

  private final Supplier<? extends Provider> maker;
  private final Components components;

  private ProviderChecks(Supplier<? extends Provider> maker, Components components) {
    this.maker = maker;
    this.components = components;
  }

  /**
   * The checks.
   *
   * @param maker makes the provider, as a container does
   * @param components where stages that its defaults name are found, its own included
   */
  public static List<Check> of(Supplier<? extends Provider> maker, Components components) {
    ProviderChecks checks = new ProviderChecks(maker, components);
    return List.of(
        new Check(
            "names-itself",
            "Has a name, a version and this SPI version, and offers every component once, with"
                + " descriptions.",
            checks::names),
        new Check(
            "discovery-does-no-work",
            "Names what it offers at once, without starting threads, and the same each time.",
            checks::discovery),
        new Check(
            "factories-keep-their-word",
            "Makes from default settings what each factory names, soon, with the factory's id and"
                + " version and equal specs for equal settings.",
            checks::factories));
  }

  private void names() {
    Provider provider = maker.get();
    Expect.that(
        provider.spiVersion() == Provider.SPI_VERSION,
        "It was built for SPI version %d; this is %d.",
        provider.spiVersion(),
        Provider.SPI_VERSION);
    Expect.that(!provider.name().isBlank(), "It has no name.");
    Expect.that(!provider.version().isBlank(), "It has no version.");
    Set<String> seen = new HashSet<>();
    for (Offer offer : offers(provider)) {
      Expect.that(seen.add(offer.name()), "It offers %s twice.", offer.name());
      ComponentSpec.of(offer.id, offer.version); // refuses malformed names
      Expect.sentence("The description of " + offer.name(), Optional.of(offer.description));
      Set<String> parameters = new HashSet<>();
      for (Parameter parameter : offer.parameters) {
        Expect.that(
            parameters.add(parameter.name()),
            "%s has two parameters '%s'.",
            offer.name(),
            parameter.name());
        Expect.sentence(
            "The description of %s of %s".formatted(parameter.name(), offer.name()),
            Optional.of(parameter.description()));
      }
    }
    Expect.that(!seen.isEmpty(), "It offers nothing: no stages, policies or backends.");
  }

  /** A factory, whatever it makes. */
  private record Offer(
      String kind,
      String id,
      int version,
      String description,
      List<Parameter> parameters,
      Supplier<ComponentSpec> make) {
    String name() {
      return kind + " " + id + "@" + version;
    }
  }

  private List<Offer> offers(Provider provider) {
    List<Offer> offers = new ArrayList<>();
    for (StageFactory f : provider.stages()) {
      offers.add(
          new Offer(
              f.kind().getSimpleName(),
              f.id(),
              f.version(),
              f.description(),
              f.parameters(),
              () -> components.stage(f).spec()));
    }
    for (PolicyFactory f : provider.policies()) {
      offers.add(
          new Offer(
              "policy",
              f.id(),
              f.version(),
              f.description(),
              f.parameters(),
              () -> components.policy(f).spec()));
    }
    for (BackendFactory f : provider.backends()) {
      offers.add(
          new Offer(
              "backend",
              f.id(),
              f.version(),
              f.description(),
              f.parameters(),
              () -> {
                try (ComputeBackend backend = components.backend(f)) {
                  return backend.spec();
                }
              }));
    }
    return offers;
  }

  private void discovery() throws Exception {
    long start = System.nanoTime();
    List<List<String>> listed = new ArrayList<>();
    List<String> left =
        OwnThreads.during(
            () -> {
              for (int i = 0; i < 3; i++) {
                listed.add(offers(maker.get()).stream().map(Offer::name).toList());
              }
            });
    Duration took = Duration.ofNanos(System.nanoTime() - start).dividedBy(3);
    Expect.that(
        took.compareTo(DISCOVERY) < 0,
        "Naming what it offers takes %d ms; do the work where a component is made or compiled.",
        took.toMillis());
    Expect.that(left.isEmpty(), "Naming what it offers started these threads: %s.", left);
    Expect.that(
        listed.get(0).equals(listed.get(1)) && listed.get(0).equals(listed.get(2)),
        "It offered %s first and %s later.",
        listed.get(0),
        listed.get(2));
  }

  private void factories() {
    for (Offer offer : offers(maker.get())) {
      long start = System.nanoTime();
      ComponentSpec spec = offer.make.get();
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      Expect.that(
          spec.is(offer.id, offer.version),
          "The factory of %s made %s.",
          offer.name(),
          spec.name());
      Expect.that(
          spec.equals(offer.make.get()),
          "%s made from the same settings has the specs %s and another.",
          offer.name(),
          spec);
      Expect.that(
          took.compareTo(CREATION) < 0,
          "Making %s takes %d ms; a host waits at most %d ms.",
          offer.name(),
          took.toMillis(),
          CREATION.toMillis());
    }
  }
}
