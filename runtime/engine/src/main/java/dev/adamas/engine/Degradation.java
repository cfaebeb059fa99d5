package dev.adamas.engine;

import dev.adamas.api.StepProbe;
import org.jspecify.annotations.Nullable;

/**
 * Lets dense attention take the place of a layer that threw, for one token and for those sequences
 * only that it threw for.
 */
final class Degradation {

  private final StepRows step;
  private final StepWatch watch;

  /** Made when a layer throws first, which most never do. */
  private @Nullable KernelCall alone;

  Degradation(StepRows step, StepWatch watch) {
    this.step = step;
    this.watch = watch;
  }

  /**
   * Brings a call that failed to its end. Where several sequences went to the kernel together, each
   * is asked for alone first: the others must not pay for the one that failed.
   *
   * @param failed the call
   * @param failure what it threw; thrown again where it cannot be contained
   */
  void contain(
      KernelCall failed, BoundKernel kernel, int layer, StepProbe probe, Throwable failure) {
    if (!Containment.applies(failure) || failed.probeThrew()) {
      throw Containment.<RuntimeException>sneaky(failure);
    }
    KernelCall single = alone();
    for (int k = 0; k < failed.size(); k++) {
      int slot = failed.slot(k);
      Throwable own = failure;
      if (failed.size() > 1) {
        try {
          single.begin(probe);
          single.add(slot);
          single.run(kernel, layer);
          continue;
        } catch (Throwable e) {
          if (!Containment.applies(e) || single.probeThrew()) {
            throw e;
          }
          own = e;
        } finally {
          single.forget();
        }
      }
      degrade(single, slot, kernel, layer, probe, own);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very failure, not one like it
  private void degrade(
      KernelCall single,
      int slot,
      BoundKernel kernel,
      int layer,
      StepProbe probe,
      Throwable failure) {
    Running running = step.session(slot).running();
    try {
      LayerIndex standby = running.failures().standby(kernel.backend()).index(layer);
      if (standby.kernel() == kernel) {
        throw Containment.<RuntimeException>sneaky(failure);
      }
      single.begin(probe);
      single.add(slot);
      single.run(standby, layer);
    } catch (Throwable e) {
      // Dense attention fails as well: the caller's segments are to blame, or nothing is left.
      if (e != failure) {
        failure.addSuppressed(e);
      }
      throw Containment.<RuntimeException>sneaky(failure);
    } finally {
      single.forget();
    }
    running.degraded(layer, kernel.backend(), failure);
  }

  private KernelCall alone() {
    KernelCall known = alone;
    if (known == null) {
      known = new KernelCall(step, watch);
      alone = known;
    }
    return known;
  }
}
