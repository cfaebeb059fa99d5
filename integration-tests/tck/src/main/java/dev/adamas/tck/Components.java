package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Settings;
import dev.adamas.api.Stage;
import dev.adamas.api.StageFactory;
import dev.adamas.backend.scalar.ScalarProvider;
import dev.adamas.baseline.BaselineProvider;
import dev.adamas.engine.Reference;
import dev.adamas.policy.AdamasProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * Makes policies, stages and backends of some providers from references, as an engine does, so that
 * a plugin's defaults may name stages that others offer.
 *
 * <p>An engine vets first and refuses what is offered twice, misnamed or built against another SPI.
 * The kit needs those components, to say what is wrong with them, and those of a plugin that offers
 * what is built in. So this asks the factories and vets nothing.
 *
 * @param providers earlier ones win where two offer the same
 */
public record Components(List<Provider> providers) implements Settings.StageLookup {

  /** Copies {@code providers}. */
  public Components {
    providers = List.copyOf(providers);
  }

  /** Adamas' own stages and policies, and the scalar backend. */
  public static Components builtIn() {
    return new Components(
        List.of(new AdamasProvider(), new BaselineProvider(), new ScalarProvider()));
  }

  /** These, and those of a plugin after them. */
  public Components with(Collection<? extends Provider> plugin) {
    List<Provider> all = new ArrayList<>(providers);
    all.addAll(plugin);
    return new Components(all);
  }

  /**
   * A policy.
   *
   * @param reference such as {@code adamas(budget=64)}
   * @throws IllegalArgumentException where there is none, or where its settings do not fit
   */
  public AttentionPolicy policy(String reference) {
    Reference parsed = Reference.parse(reference);
    PolicyFactory factory =
        find("policy", parsed, Provider::policies, PolicyFactory::id, PolicyFactory::version);
    return create(factory, parsed);
  }

  /** A policy with its defaults. */
  public AttentionPolicy policy(PolicyFactory factory) {
    return create(factory, Reference.of(factory.id()));
  }

  private AttentionPolicy create(PolicyFactory factory, Reference reference) {
    return factory
        .create()
        .apply(
            Settings.of("policy " + factory.id(), factory.parameters(), reference.options(), this));
  }

  /**
   * A backend.
   *
   * @param reference such as {@code scalar}
   * @throws IllegalArgumentException where there is none, or where its settings do not fit
   */
  public ComputeBackend backend(String reference) {
    Reference parsed = Reference.parse(reference);
    BackendFactory factory =
        find("backend", parsed, Provider::backends, BackendFactory::id, BackendFactory::version);
    return create(factory, parsed);
  }

  /** A backend with its defaults. */
  public ComputeBackend backend(BackendFactory factory) {
    return create(factory, Reference.of(factory.id()));
  }

  private ComputeBackend create(BackendFactory factory, Reference reference) {
    return factory
        .create()
        .apply(
            Settings.of(
                "backend " + factory.id(), factory.parameters(), reference.options(), this));
  }

  @Override
  public Stage stage(Class<? extends Stage> kind, String reference) {
    Reference parsed = Reference.parse(reference);
    StageFactory factory =
        find(
            kind.getSimpleName(),
            parsed,
            p -> p.stages().stream().filter(f -> f.kind() == kind).toList(),
            StageFactory::id,
            StageFactory::version);
    return create(factory, parsed);
  }

  /** A stage of a kind. */
  public <S extends Stage> S get(Class<S> kind, String reference) {
    return kind.cast(stage(kind, reference));
  }

  /** A stage with its defaults. */
  public Stage stage(StageFactory factory) {
    return create(factory, Reference.of(factory.id()));
  }

  private Stage create(StageFactory factory, Reference reference) {
    return factory
        .create()
        .apply(
            Settings.of("stage " + factory.id(), factory.parameters(), reference.options(), this));
  }

  private <F> F find(
      String kind,
      Reference reference,
      Function<Provider, List<F>> offered,
      Function<F, String> id,
      ToIntFunction<F> version) {
    Predicate<F> fits =
        f ->
            id.apply(f).equals(reference.id())
                && (reference.version().isEmpty()
                    || reference.version().getAsInt() == version.applyAsInt(f));
    return providers.stream()
        .flatMap(p -> offered.apply(p).stream())
        .filter(fits)
        .max(Comparator.comparingInt(version))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no %s '%s'; there are %s."
                        .formatted(
                            kind,
                            reference.name(),
                            providers.stream()
                                .flatMap(p -> offered.apply(p).stream())
                                .map(id)
                                .distinct()
                                .sorted()
                                .collect(Collectors.joining(", ")))));
  }
}
