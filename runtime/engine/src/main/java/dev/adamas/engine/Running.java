package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.KvView;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a session runs, and how that changes: at the beginning of a step only, by whoever has the
 * session then.
 *
 * <p>Everything but {@link #active} and {@link #ask} is for the thread that has the session.
 */
final class Running {

  private static final VarHandle MOVES;

  static {
    try {
      MOVES = MethodHandles.lookup().findVarHandle(Running.class, "moves", Move.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Session session;
  private final Engine engine;
  private final int layers;
  private final LayerFailures failures;
  private volatile Active active;
  private volatile @Nullable Move moves;
  private volatile @Nullable Rider rider;
  private volatile @Nullable Grace grace;
  private long graceEnds = Long.MAX_VALUE;
  private long steps;

  /** The policy of the last step, or of the one in progress; empty before the first. */
  private String stepPolicy = "";

  private int lastLayer = Integer.MAX_VALUE;
  private long swaps;
  private long rollbacks;

  Running(Session session, Engine engine, Active first) {
    this.session = session;
    this.engine = engine;
    active = first;
    layers = first.binding().shape().layers();
    failures = new LayerFailures(engine.kernels(), first.binding().shape());
  }

  Active active() {
    return active;
  }

  LayerFailures failures() {
    return failures;
  }

  long steps() {
    return steps;
  }

  /** The layer that attended last; what it says to another thread may be out of date. */
  int lastLayer() {
    return lastLayer;
  }

  /** Whether no step is half done. */
  boolean betweenSteps() {
    return lastLayer >= layers - 1;
  }

  /**
   * A layer is about to attend.
   *
   * @return whether a step begins with it
   */
  boolean begin(int layer) {
    boolean first = layer <= lastLayer;
    if (first) {
      if (moves != null) {
        makeMoves();
      }
      if (active.failures >= engine.config().swap().failureThreshold()) {
        leaveFailing();
      }
      if (steps >= graceEnds) {
        endGrace();
      }
      steps++;
      stepPolicy = active.policy();
    }
    lastLayer = layer;
    return first;
  }

  /** The step in progress is given up. */
  void abandonStep() {
    lastLayer = Integer.MAX_VALUE;
  }

  /** Asks for a move; from any thread. */
  void ask(Move move) {
    while (true) {
      Move before = moves;
      move.before = before;
      if (MOVES.compareAndSet(this, before, move)) {
        return;
      }
    }
  }

  void makeMoves() {
    Move move = (Move) MOVES.getAndSet(this, (Move) null);
    while (move != null) {
      Move before = move.before;
      move.before = null;
      move.run(session);
      move = before;
    }
  }

  /** Runs something else from now on; the policy before is kept for {@code graceTokens} steps. */
  void change(Active next, int graceTokens, Grace.Ending swap) {
    endGrace();
    Active former = active;
    active = next;
    swaps++;
    if (graceTokens == 0) {
      swap.stays(former);
    } else {
      grace = new Grace(former, swap);
      graceEnds = steps + graceTokens;
    }
  }

  /** Runs something else from now on, whatever comes of it; returns what it ran before. */
  Active replace(Active next) {
    endGrace();
    Active former = active;
    active = next;
    swaps++;
    return former;
  }

  /** The swap whose grace this is. */
  @SuppressWarnings("ReferenceEquality") // a swap is itself
  boolean inGraceOf(Grace.Ending swap) {
    Grace now = grace;
    return now != null && now.swap() == swap;
  }

  /** What a rollback would go back to, as far as another thread can tell. */
  Optional<Active> former() {
    return Optional.ofNullable(grace).map(Grace::former);
  }

  void endGrace() {
    Grace ending = grace;
    if (ending != null) {
      grace = null;
      graceEnds = Long.MAX_VALUE;
      ending.swap().stays(ending.former());
    }
  }

  /** Goes back to what ran before the swap; without a grace nothing happens. */
  void rollBack(String reason) {
    Grace ending = grace;
    if (ending != null) {
      grace = null;
      graceEnds = Long.MAX_VALUE;
      Active left = active;
      ending.former().failures = 0;
      active = ending.former();
      rollbacks++;
      RollbackEvent.commit(session, left, active, reason);
      ending.swap().wentBack(left, reason);
    }
  }

  private void leaveFailing() {
    Active failing = active;
    String reason =
        "Policy %s threw %d times, last %s"
            .formatted(failing.binding().policy().spec(), failing.failures, failures.last());
    if (former().isPresent()) {
      rollBack(reason);
      return;
    }
    failing.failures = 0;
    try {
      active =
          new Active(
              engine.kernels().dense(session.shape(), failures.lastBackend()), failing.follows());
    } catch (RuntimeException | LinkageError _) {
      // No other kernel can be had: the layers that throw go on being replaced one by one.
      return;
    }
    rollbacks++;
    RollbackEvent.commit(session, failing, active, reason);
    engine.swaps().retire(failing);
  }

  /** Dense attention took the place of a layer that threw. */
  void degraded(int layer, ComponentSpec backend, Throwable failure) {
    active.failures++;
    String reason =
        "at layer %d of step %d on %s: %s"
            .formatted(layer, steps, backend.name(), Failures.text(failure));
    failures.degraded(backend, reason);
    DegradedStepEvent.commit(session, active, layer, backend, reason);
  }

  /** Follows a truncation of a layer to {@code length} tokens. */
  void truncate(int layer, KvView view, int length) {
    active.truncate(layer, view, length);
    former().ifPresent(kept -> kept.truncate(layer, view, length));
    failures.truncate(layer, view, length);
  }

  @Nullable Rider rider() {
    return rider;
  }

  /** Sets or, with null, ends the work beside the steps. */
  void ride(@Nullable Rider next) {
    rider = next;
  }

  SessionStatistics statistics(
      WorkCounter last, WorkCounter prefill, WorkCounter decode, long cacheBytes) {
    long indexBytes = active.bytes() + former().map(Active::bytes).orElse(0L);
    return new SessionStatistics(
        last.snapshot(),
        stepPolicy,
        prefill.snapshot(),
        decode.snapshot(),
        cacheBytes,
        indexBytes,
        failures.count(),
        swaps,
        rollbacks);
  }

  /** Frees everything. */
  void close() {
    rider = null;
    Grace ending = grace;
    grace = null;
    free(active);
    if (ending != null) {
      free(ending.former());
      ending.swap().closed();
    }
    failures.dropStandby();
  }

  private void free(Active old) {
    old.drop();
    engine.kernels().release(old.binding());
  }
}
