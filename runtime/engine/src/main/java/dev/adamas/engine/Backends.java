package dev.adamas.engine;

import dev.adamas.api.ComputeBackend;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The backends of the configuration, created once, in the order in which they are asked. */
final class Backends implements AutoCloseable {

  private static final List<Reference> DEFAULT_ORDER =
      List.of(Reference.of("cpu-vector"), Reference.of("scalar"));

  /** A backend that was asked for. */
  sealed interface Candidate {

    /** It runs on this machine. */
    record Usable(ComputeBackend backend) implements Candidate {}

    /** It does not. */
    record Unusable(String name, String reason) implements Candidate {}
  }

  private final Registry registry;
  private final List<Candidate> candidates = new ArrayList<>();
  private final List<ComputeBackend> created = new ArrayList<>();

  @Inject
  Backends(Registry registry, EngineConfig config) {
    this.registry = registry;
    Stream<Reference> order =
        config.backends().isEmpty()
            ? DEFAULT_ORDER.stream()
                .filter(reference -> registry.backends().contains(reference.id()))
            : config.backends().stream();
    try {
      order.forEach(this::create);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void create(Reference reference) {
    ComputeBackend backend = registry.backend(reference);
    created.add(backend);
    candidates.add(
        backend
            .unavailable()
            .<Candidate>map(reason -> new Candidate.Unusable(backend.spec().name(), reason))
            .orElseGet(() -> new Candidate.Usable(backend)));
  }

  List<Candidate> inOrder() {
    return candidates;
  }

  /** Why there is no candidate at all: nothing was configured and no default is on the path. */
  String nonePresent() {
    List<String> present = registry.backends();
    return "neither cpu-vector nor scalar is on the path; add one"
        + (present.isEmpty()
            ? "."
            : ", or name one of " + String.join(", ", present) + " under backends.");
  }

  /**
   * Why a backend cannot be used here; one that configuration does not name is made for a moment.
   */
  Optional<String> unavailable(Reference reference) {
    for (ComputeBackend backend : created) {
      if (backend.spec().is(reference.id(), reference.version().orElseThrow())) {
        return backend.unavailable();
      }
    }
    try (ComputeBackend backend = registry.backend(reference)) {
      return backend.unavailable();
    } catch (RuntimeException | LinkageError e) {
      return Optional.of("It could not be created: " + Failures.text(e) + ".");
    }
  }

  @Override
  public void close() {
    created.forEach(ComputeBackend::close);
    created.clear();
  }
}
