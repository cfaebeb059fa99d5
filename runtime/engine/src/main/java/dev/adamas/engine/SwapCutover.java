package dev.adamas.engine;

import java.util.List;

/** The change itself, between two steps of each sequence. */
final class SwapCutover {

  /** Background rounds before a change; each leaves less to do, unless a host truncates deeply. */
  private static final int ROUNDS = 16;

  private final Swap swap;
  private final SwapOptions options;
  private final int graceTokens;
  private final SwapControl control;
  private final SwapPreparation preparation;
  private final SwapAftermath aftermath;

  SwapCutover(
      Swap swap,
      SwapOptions options,
      int graceTokens,
      SwapControl control,
      SwapPreparation preparation,
      SwapAftermath aftermath) {
    this.swap = swap;
    this.options = options;
    this.graceTokens = graceTokens;
    this.control = control;
    this.preparation = preparation;
    this.aftermath = aftermath;
  }

  void run(List<SwapTarget> fresh) {
    swap.enter(SwapState.CATCH_UP);
    fresh.forEach(preparation::catchUp);
    swap.enter(SwapState.CUTOVER);
    for (SwapTarget target : fresh) {
      if (target.paged()) {
        cutOver(target);
      } else {
        // Its tokens can only be brought in by its own steps.
        AttachedBuild build = new AttachedBuild(target, options, 0);
        Running running = target.session().running();
        running.ride(build);
        try {
          cutOver(target);
        } finally {
          running.ride(null);
          build.stop();
        }
      }
    }
    // Without a sequence there is new requests' policy to change.
    if (fresh.stream().noneMatch(SwapTarget::changed) && !swap.commit()) {
      throw new SwapException("The swap was stopped.");
    }
  }

  private void cutOver(SwapTarget target) {
    for (int round = 0; round < ROUNDS; round++) {
      Change change = new Change(target);
      aftermath.expect();
      boolean asked = false;
      try {
        asked = control.ask(target.session(), change);
      } finally {
        if (!target.changed()) {
          aftermath.expectLess();
        }
      }
      if (!asked) {
        closedMeanwhile(target);
        return;
      }
      if (target.changed()) {
        return;
      }
      control.check();
      if (target.paged()) {
        preparation.buildRound(target);
      }
    }
    throw new SwapException(
        "Session %d grows or is truncated faster than the index of %s can follow; swap while it is quieter."
            .formatted(target.session().id(), swap.policy()));
  }

  private void closedMeanwhile(SwapTarget target) {
    if (options.scope() instanceof SwapOptions.Scope.TokenBoundary(List<Session> named)
        && !named.isEmpty()
        && named.stream().allMatch(Session::isClosed)) {
      throw new SwapException(
          "Session %d was closed before it could change to %s."
              .formatted(target.session().id(), swap.policy()));
    }
  }

  private final class Change extends Move {

    private final SwapTarget target;

    Change(SwapTarget target) {
      this.target = target;
    }

    @Override
    void make(Session session) {
      target.change(swap, graceTokens);
    }
  }
}
