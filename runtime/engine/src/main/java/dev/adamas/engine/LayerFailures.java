package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Layers of one session that threw: the dense attention that stands by to take their place, how
 * many there were, and what the last one was.
 *
 * <p>Everything but {@link #standbyBinding} is for the thread that has the session.
 */
final class LayerFailures {

  private final Kernels kernels;
  private final ModelShape shape;
  private volatile @Nullable DenseStandby standby;
  private long count;
  private String last = "";
  private @Nullable ComponentSpec lastBackend;

  LayerFailures(Kernels kernels, ModelShape shape) {
    this.kernels = kernels;
    this.shape = shape;
  }

  /**
   * A layer threw.
   *
   * @param backend whose kernel it was
   * @return dense attention to take its place
   * @throws IllegalArgumentException where no backend offers it
   */
  DenseStandby standby(ComponentSpec backend) {
    DenseStandby known = standby;
    if (known == null || known.binding().decode().getFirst().backend().equals(backend)) {
      DenseStandby other = new DenseStandby(kernels.dense(shape, backend));
      dropStandby();
      standby = other;
      return other;
    }
    return known;
  }

  /**
   * Dense attention took the place of a layer.
   *
   * @param reason what and where, without a full stop
   */
  void degraded(ComponentSpec backend, String reason) {
    count++;
    lastBackend = backend;
    last = reason;
  }

  /** Layers of steps that dense attention took the place of. */
  long count() {
    return count;
  }

  /** The last failure, without a full stop. */
  String last() {
    return last;
  }

  /** The backend whose kernel threw last; there was one. */
  ComponentSpec lastBackend() {
    return Objects.requireNonNull(lastBackend);
  }

  /** What stands by, as far as another thread can tell. */
  Optional<Binding> standbyBinding() {
    return Optional.ofNullable(standby).map(DenseStandby::binding);
  }

  /** Drops the standby if it was made by plugins that go. */
  void forgetStandby(Departing departure) {
    if (standbyBinding().filter(departure::made).isPresent()) {
      dropStandby();
    }
  }

  /** Follows a truncation of a layer to {@code length} tokens. */
  void truncate(int layer, KvView view, int length) {
    DenseStandby known = standby;
    if (known != null) {
      known.truncate(layer, view, length);
    }
  }

  void dropStandby() {
    DenseStandby old = standby;
    if (old != null) {
      standby = null;
      old.drop();
      kernels.release(old.binding());
    }
  }
}
