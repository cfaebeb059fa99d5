package dev.adamas.engine;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What becomes of a swap once it has changed something: grace, rollback, and its end. */
final class SwapAftermath implements SwapTarget.SwapEnd {

  private final Swap swap;
  private final PolicyChoice next;
  private final Swaps swaps;
  private final Runnable ended;

  /** Targets in their grace, and one for the run itself until it has changed all. */
  private final AtomicInteger pending = new AtomicInteger(1);

  private volatile Optional<PolicyChoice> before = Optional.empty();
  private volatile Optional<String> wentBack = Optional.empty();
  private volatile Optional<String> leftOver = Optional.empty();

  /**
   * @param ended is told when all is over
   */
  SwapAftermath(Swap swap, PolicyChoice next, Swaps swaps, Runnable ended) {
    this.swap = swap;
    this.next = next;
    this.swaps = swaps;
    this.ended = ended;
  }

  /** A session may be about to change. */
  void expect() {
    pending.incrementAndGet();
  }

  /** It did not. */
  void expectLess() {
    pending.decrementAndGet();
  }

  /** Gives new sessions the policy, once. */
  void adopt() {
    if (before.isEmpty()) {
      before = Optional.of(swaps.choose(next));
    }
  }

  void rollBack(List<SwapTarget> all) {
    before.ifPresent(choice -> swaps.chooseAgain(next, choice));
    for (SwapTarget target : all) {
      target
          .session()
          .running()
          .ask(
              new Move() {
                @Override
                void make(Session session) {
                  if (session.running().inGraceOf(target)) {
                    session.running().rollBack("a rollback was asked for");
                  }
                }
              });
      target.session().tryMoves();
    }
  }

  @Override
  public void wentBack(String reason) {
    wentBack = Optional.of(Failures.capitalised(reason) + ".");
    before.ifPresent(choice -> swaps.chooseAgain(next, choice));
  }

  @Override
  public void draining() {
    if (pending.get() == 1) {
      swap.enter(SwapState.DRAIN);
    }
  }

  @Override
  public void retiring() {
    if (pending.get() == 1) {
      swap.enter(SwapState.RETIRE);
    }
  }

  @Override
  public void freed(Optional<String> problem) {
    if (problem.isPresent()) {
      leftOver = problem;
    }
    ended();
  }

  /** The run, or a session that it changed, is through. */
  void ended() {
    if (pending.decrementAndGet() == 0) {
      swap.enter(SwapState.VERIFY);
      if (wentBack.isPresent()) {
        swap.end(new SwapOutcome.RolledBack(wentBack.get()));
      } else if (leftOver.isPresent()) {
        swap.end(
            new SwapOutcome.Failed(
                SwapState.VERIFY,
                "The new policy runs, but something of the old one is left: " + leftOver.get()));
      } else {
        swap.end(new SwapOutcome.Completed());
      }
      ended.run();
    }
  }
}
