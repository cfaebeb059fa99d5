package dev.adamas.engine;

/** Tells Flight Recorder what became of a swap. */
final class SwapEvents {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  private SwapEvents() {}

  static void left(Swap swap, SwapState state, long nanos) {
    SwapStateEvent event = new SwapStateEvent();
    event.swap = swap.id();
    event.policy = swap.policy();
    event.state = state.name();
    event.time = nanos;
    event.commit();
  }

  static void ended(Swap swap, SwapOutcome outcome, int sessions) {
    SwapEvent event = new SwapEvent();
    event.swap = swap.id();
    event.policy = swap.policy();
    event.outcome = outcome.getClass().getSimpleName();
    event.state = swap.state().name();
    event.sessions = sessions;
    event.time = swap.timings().values().stream().mapToLong(java.time.Duration::toNanos).sum();
    event.reason =
        switch (outcome) {
          case SwapOutcome.Failed(SwapState _, String reason) -> reason;
          case SwapOutcome.RolledBack(String reason) -> reason;
          case SwapOutcome.Completed _, SwapOutcome.Cancelled _ -> "";
        };
    event.commit();
    if (!event.reason.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Swap to {0}: {1} at {2}: {3}",
          event.policy,
          event.outcome,
          event.state,
          event.reason);
    }
  }
}
