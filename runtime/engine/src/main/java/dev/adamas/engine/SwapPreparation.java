package dev.adamas.engine;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What a swap does before it changes anything: builds indexes, measures, catches up. */
final class SwapPreparation {

  private final Swap swap;
  private final SwapOptions options;
  private final SwapControl control;

  SwapPreparation(Swap swap, SwapOptions options, SwapControl control) {
    this.swap = swap;
    this.options = options;
    this.control = control;
  }

  void build(List<SwapTarget> fresh) {
    swap.enter(SwapState.BUILD);
    for (SwapTarget target : fresh) {
      if (target.paged()) {
        buildRound(target);
      } else {
        buildInSteps(target);
      }
    }
  }

  /** Brings everything in that is there now. */
  void buildRound(SwapTarget target) {
    if (!control.ask(target.session(), new Look(target))) {
      return;
    }
    CacheSnapshot snapshot = target.snapshot().orElseThrow();
    for (int layer = 0; layer < target.session().shape().layers(); layer++) {
      if (target.needsIndex(layer)) {
        while (target.build(layer, snapshot.view(layer), options.chunkTokens()) > 0) {
          control.check();
        }
      }
    }
  }

  private void buildInSteps(SwapTarget target) {
    AttachedBuild build = new AttachedBuild(target, options, options.warmUps());
    ride(target, build, build::done);
  }

  /** Lets a rider go with the session's steps until it is done. */
  private void ride(SwapTarget target, StoppableRider rider, BooleanSupplier done) {
    Running running = target.session().running();
    running.ride(rider);
    try {
      while (!done.getAsBoolean() && !target.session().isClosed()) {
        rider
            .failure()
            .ifPresent(
                e -> {
                  throw Containment.<RuntimeException>sneaky(e);
                });
        control.check();
        LockSupport.parkNanos(SwapControl.POLL_NANOS);
      }
    } finally {
      running.ride(null);
      rider.stop();
    }
  }

  void shadow(List<SwapTarget> fresh) {
    if (options.shadow().isEmpty()) {
      return;
    }
    swap.enter(SwapState.SHADOW);
    SwapOptions.Shadow wanted = options.shadow().get();
    for (SwapTarget target : fresh) {
      ShadowRider rider = new ShadowRider(target.candidate(), wanted.steps());
      while (!rider.done() && !target.session().isClosed()) {
        catchUp(target);
        rider.resume();
        ride(target, rider, () -> rider.done() || rider.behind());
      }
      SwapFigures.Measured found = rider.found();
      target.measured(found);
      if (!target.session().isClosed()
          && (found.recall() < wanted.minRecall() || found.mass() < wanted.minMass())) {
        throw new SwapException(
            String.format(
                Locale.ROOT,
                "%s selects %.3f of what session %d selects now and keeps %.3f of its attention"
                    + " weight; at least %.3f and %.3f were asked for.",
                swap.policy(),
                found.recall(),
                target.session().id(),
                found.mass(),
                wanted.minRecall(),
                wanted.minMass()));
      }
    }
  }

  void catchUp(SwapTarget target) {
    if (options.shadow().isEmpty() || swap.state() != SwapState.SHADOW) {
      swap.enter(SwapState.CATCH_UP);
    }
    if (target.paged()) {
      buildRound(target);
    }
  }

  private static final class Look extends Move {

    private final SwapTarget target;

    Look(SwapTarget target) {
      this.target = target;
    }

    @Override
    void make(Session session) {
      target.look();
    }
  }
}
