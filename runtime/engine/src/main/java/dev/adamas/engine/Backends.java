package dev.adamas.engine;

import dev.adamas.api.ComputeBackend;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * The backends of the configuration, in the order in which they are asked. Each is created when a
 * plugin that offers it is there, and closed when that plugin has gone and no kernel of it is left.
 *
 * <p>{@link Kernels} guards what changes it; the order is a snapshot that anyone may read.
 */
final class Backends implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  private static final List<Reference> DEFAULT_ORDER =
      List.of(Reference.of("cpu-vector"), Reference.of("scalar"));

  /** A backend that was asked for. */
  sealed interface Candidate {

    /** It runs on this machine. */
    record Usable(ComputeBackend backend) implements Candidate {}

    /** It does not. */
    record Unusable(String name, String reason) implements Candidate {}
  }

  /** A backend that configuration names, and who offered it; two are the same where identical. */
  private record Made(Reference reference, Offer offer, ComputeBackend backend) {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private final EngineConfig config;
  private volatile Registry registry = Registry.EMPTY;
  private volatile List<Candidate> candidates = List.of();
  private volatile List<Made> made = List.of();

  /** Kernels of each backend, the retired ones included. */
  private final IdentityHashMap<ComputeBackend, Integer> kernels = new IdentityHashMap<>();

  private final List<ComputeBackend> retired = new ArrayList<>();

  @Inject
  Backends(EngineConfig config) {
    this.config = config;
  }

  /**
   * Follows a registry: creates the backends that came, retires those that went.
   *
   * @param mayArrive whether a configured backend that is not there may come later
   * @return whether there are other candidates than before
   * @throws IllegalArgumentException where one is not there and cannot come, or cannot be created;
   *     what was before stays
   */
  boolean follow(Registry next, boolean mayArrive) {
    List<Made> kept = new ArrayList<>();
    List<ComputeBackend> created = new ArrayList<>();
    List<Candidate> order = new ArrayList<>();
    try {
      for (Reference reference : order(next)) {
        try {
          Made made = made(next, reference, created);
          kept.add(made);
          order.add(candidate(made.backend()));
        } catch (RuntimeException | LinkageError e) {
          if (!mayArrive) {
            throw e;
          }
          order.add(new Candidate.Unusable(reference.name(), Failures.text(e) + "."));
        }
      }
    } catch (RuntimeException | Error e) {
      created.forEach(Backends::close);
      throw e;
    }
    for (Made old : made) {
      if (!kept.contains(old)) {
        retired.add(old.backend());
      }
    }
    boolean changed = !kept.equals(made) || !shape(order).equals(shape(candidates));
    registry = next;
    made = List.copyOf(kept);
    candidates = List.copyOf(order);
    closeUnused();
    return changed;
  }

  private List<Reference> order(Registry registry) {
    return config.backends().isEmpty()
        ? DEFAULT_ORDER.stream().filter(r -> registry.backends().contains(r.id())).toList()
        : config.backends();
  }

  private Made made(Registry next, Reference reference, List<ComputeBackend> created) {
    Offer offer = next.backendOffer(reference);
    for (Made known : made) {
      if (known.reference().equals(reference) && known.offer().equals(offer)) {
        return known;
      }
    }
    ComputeBackend backend = next.backend(reference);
    created.add(backend);
    return new Made(reference, offer, backend);
  }

  /** Which candidates are usable. */
  private static List<Boolean> shape(List<Candidate> candidates) {
    return candidates.stream().map(c -> c instanceof Candidate.Usable).toList();
  }

  private static Candidate candidate(ComputeBackend backend) {
    return backend
        .unavailable()
        .<Candidate>map(reason -> new Candidate.Unusable(backend.spec().name(), reason))
        .orElseGet(() -> new Candidate.Usable(backend));
  }

  List<Candidate> inOrder() {
    return candidates;
  }

  /** Counts a kernel of a backend. */
  void use(ComputeBackend backend) {
    kernels.merge(backend, 1, Integer::sum);
  }

  /** A kernel of a backend was closed. */
  void release(ComputeBackend backend) {
    kernels.computeIfPresent(backend, (_, count) -> count == 1 ? null : count - 1);
    closeUnused();
  }

  private void closeUnused() {
    retired.removeIf(
        backend -> {
          if (kernels.containsKey(backend)) {
            return false;
          }
          close(backend);
          return true;
        });
  }

  /** A backend is foreign code; one that cannot close must not keep the others open. */
  private static void close(ComputeBackend backend) {
    try {
      backend.close();
    } catch (RuntimeException | LinkageError e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Backend {0} failed to close: {1}",
          backend.getClass().getName(),
          Failures.text(e));
    }
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
    for (Made known : made) {
      if (known.backend().spec().is(reference.id(), reference.version().orElseThrow())) {
        return known.backend().unavailable();
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
    made.forEach(known -> close(known.backend()));
    made = List.of();
    retired.forEach(Backends::close);
    retired.clear();
    candidates = List.of();
  }
}
