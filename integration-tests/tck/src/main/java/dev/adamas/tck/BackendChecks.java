package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.tck.lab.BackendLab;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a backend must do. The scalar backend is the oracle: selections are compared bit for bit,
 * outputs within {@link #TOLERANCE}.
 */
public final class BackendChecks {

  /** How far an output may be off, as a share of the largest number of the step's output. */
  public static final double TOLERANCE = 2e-4;

  /**
   * The same for plans with a tail, whose estimated weights come from cheaper exponentials than
   * exact attention.
   */
  public static final double TAIL_TOLERANCE = 5e-3;

  private BackendChecks() {}

  /**
   * The checks.
   *
   * @param maker makes the backend, a fresh one at each call; checks close what they made
   * @param own policies whose plans the backend is checked with beside the built-in ones
   */
  public static List<Check> of(
      Supplier<? extends ComputeBackend> maker, Collection<? extends AttentionPolicy> own) {
    return of(maker, own, BackendLab.Scale.FULL);
  }

  /** The checks on another scale. */
  static List<Check> of(
      Supplier<? extends ComputeBackend> maker,
      Collection<? extends AttentionPolicy> own,
      BackendLab.Scale scale) {
    Components builtIn = Components.builtIn();
    BackendLab lab =
        new BackendLab(maker, () -> builtIn.backend("scalar"), builtIn::policy, own, scale);
    List<Check> checks = new ArrayList<>();
    checks.addAll(new SelectionChecks(lab).checks());
    checks.addAll(new EquivalenceChecks(lab).checks());
    checks.addAll(new MemoryChecks(lab).checks());
    checks.addAll(new IndexChecks(lab).checks());
    checks.addAll(new SupportChecks(lab, builtIn).checks());
    checks.addAll(new ThreadChecks(lab).checks());
    return List.copyOf(checks);
  }
}
