package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ModelShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Takes one swap through its states, on a builder's thread. */
final class SwapRun implements Runnable, SwapTarget.SwapEnd {

  private static final long POLL_NANOS = 200_000;

  /** Background rounds before a change; each leaves less to do, unless a host truncates deeply. */
  private static final int ROUNDS = 16;

  private final Swap swap;
  private final PolicyChoice next;
  private final SwapOptions options;
  private final Swaps swaps;
  private final int graceTokens;
  private final Duration timeout;
  private final long deadline;
  private final List<SwapTarget> targets = new ArrayList<>();
  private final List<Session> locked = new ArrayList<>();

  /** Targets in their grace, and one for the run itself until it has changed all. */
  private final AtomicInteger pending = new AtomicInteger(1);

  private volatile Optional<PolicyChoice> before = Optional.empty();
  private volatile Optional<String> wentBack = Optional.empty();
  private volatile Optional<String> leftOver = Optional.empty();
  private volatile Optional<Binding> towards = Optional.empty();
  private volatile Optional<Thread> thread = Optional.empty();

  SwapRun(Swap swap, PolicyChoice next, SwapOptions options, Swaps swaps, EngineConfig config) {
    this.swap = swap;
    this.next = next;
    this.options = options;
    this.swaps = swaps;
    graceTokens = options.graceTokens().orElse(config.swap().graceTokens());
    timeout = options.timeout().orElse(config.swap().timeout());
    deadline = System.nanoTime() + timeout.toNanos();
    swap.show(this::figures, this::rollBack);
  }

  Swap swap() {
    return swap;
  }

  /** What it leads to, once that is known. */
  Optional<Binding> towards() {
    return towards;
  }

  private List<SwapFigures> figures() {
    synchronized (targets) {
      return targets.stream().map(SwapTarget::figures).toList();
    }
  }

  /** Stops a run whose time is over, even if its thread is inside of a plugin. */
  void expire(long now) {
    if (now - deadline > 0 && swap.stop(tooSlow())) {
      thread.ifPresent(Thread::interrupt);
    }
  }

  private SwapOutcome tooSlow() {
    return new SwapOutcome.Failed(
        swap.state(),
        "The swap to %s was still at %s after its timeout of %d ms; allow more time, or ask its author why it is slow."
            .formatted(swap.policy(), swap.state(), timeout.toMillis()));
  }

  @Override
  public void run() {
    thread = Optional.of(Thread.currentThread());
    try {
      steps();
    } catch (Throwable e) {
      fail(e);
    } finally {
      locked.forEach(session -> session.swapping().unlock());
      locked.clear();
      synchronized (targets) {
        for (SwapTarget target : targets) {
          try {
            target.close();
          } catch (RuntimeException e) {
            leftOver = Optional.of(Failures.text(e));
          }
        }
      }
      thread = Optional.empty();
      if (swap.outcome().isPresent()) {
        swaps.ended(this);
      }
      Thread.interrupted(); // an interruption was meant for this run
    }
  }

  private void fail(Throwable e) {
    String reason =
        e instanceof SwapException || e instanceof CacheMemoryException
            ? String.valueOf(e.getMessage())
            : "The swap to %s failed at %s: %s."
                .formatted(swap.policy(), swap.state(), Failures.text(e));
    if (!swap.stop(new SwapOutcome.Failed(swap.state(), reason)) && !swap.stopped()) {
      long made = figures().stream().filter(SwapFigures::changed).count();
      swap.end(
          new SwapOutcome.Failed(
              SwapState.CUTOVER,
              "%s; %d sessions had changed already."
                  .formatted(reason.substring(0, reason.length() - 1), made)));
    }
  }

  private void steps() {
    AttentionPolicy policy = next.policy();
    boolean live = options.scope() instanceof SwapOptions.Scope.TokenBoundary;
    if (live && policy.kvEffect() == AttentionPolicy.KvEffect.EVICTS) {
      throw new SwapException(
          "%s removes tokens for good, so it cannot take over a live sequence; use it for new requests."
              .formatted(policy.spec()));
    }
    Map<ModelShape, Binding> bindings = new HashMap<>();
    try {
      List<Session> sessions = find(policy);
      do {
        List<SwapTarget> fresh = probe(policy, sessions, bindings);
        check();
        build(fresh);
        new WarmUp(options, this::check).run(fresh, swap);
        shadow(fresh);
        fresh.forEach(this::catchUp);
        cutOver(fresh);
        adopt();
        // Whoever opened a session meanwhile still got the policy before.
        sessions = late(policy);
      } while (!sessions.isEmpty());
    } finally {
      towards = Optional.empty();
      bindings.values().forEach(swaps.kernels()::release);
    }
    swap.enter(SwapState.GRACE);
    ended();
  }

  private List<Session> find(AttentionPolicy policy) {
    return switch (options.scope()) {
      case SwapOptions.Scope.NewRequests _ -> List.of();
      case SwapOptions.Scope.TokenBoundary(List<Session> named) -> {
        if (named.isEmpty()) {
          yield swaps.following();
        }
        for (Session session : named) {
          if (session.isClosed()) {
            throw new SwapException(
                "Session %d is closed, so it cannot change to %s."
                    .formatted(session.id(), policy.spec()));
          }
        }
        yield named;
      }
    };
  }

  /** Sessions that follow the configured policy and were not there when the swap began. */
  private List<Session> late(AttentionPolicy policy) {
    if (!(options.scope() instanceof SwapOptions.Scope.TokenBoundary(List<Session> named))
        || !named.isEmpty()) {
      return List.of();
    }
    List<Session> known = targets.stream().map(SwapTarget::session).toList();
    return swaps.following().stream()
        .filter(session -> !known.contains(session))
        .filter(session -> !session.policy().spec().equals(policy.spec()))
        .toList();
  }

  private List<SwapTarget> probe(
      AttentionPolicy policy, List<Session> sessions, Map<ModelShape, Binding> bindings) {
    swap.enter(SwapState.PROBE);
    if (sessions.isEmpty() && options.scope() instanceof SwapOptions.Scope.NewRequests) {
      swaps.following().stream()
          .map(Session::shape)
          .distinct()
          .forEach(s -> bind(policy, s, bindings));
    }
    List<SwapTarget> fresh = new ArrayList<>();
    for (Session session :
        sessions.stream().distinct().sorted(Comparator.comparingLong(Session::id)).toList()) {
      lock(session);
      if (session.policy().kvEffect() == AttentionPolicy.KvEffect.EVICTS) {
        throw new SwapException(
            "%s has removed tokens from session %d, so it cannot go on with %s."
                .formatted(session.policy().spec(), session.id(), policy.spec()));
      }
      Binding binding = bind(policy, session.shape(), bindings);
      SwapTarget target = new SwapTarget(session, swaps.kernels().share(binding), swaps, this);
      fresh.add(target);
      synchronized (targets) {
        targets.add(target);
      }
    }
    return fresh;
  }

  private Binding bind(
      AttentionPolicy policy, ModelShape shape, Map<ModelShape, Binding> bindings) {
    Binding known = bindings.get(shape);
    if (known == null) {
      for (int layer = 0; layer < shape.layers(); layer++) {
        // A slow policy is asked here first, because kernels are bound one after another.
        policy.plan(layer, shape);
        check();
      }
      known = swaps.kernels().bind(policy, shape);
      bindings.put(shape, known);
      towards = Optional.of(known);
    }
    return known;
  }

  private void lock(Session session) {
    try {
      if (!session.swapping().tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        throw new SwapException(
            "Another swap of session %d did not end in time; wait for it, or cancel it."
                .formatted(session.id()));
      }
    } catch (InterruptedException e) {
      throw new SwapException("The swap to %s was interrupted.".formatted(swap.policy()));
    }
    locked.add(session);
  }

  // ---- before the change ----

  private void build(List<SwapTarget> fresh) {
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
  private void buildRound(SwapTarget target) {
    if (!ask(target.session(), new Look(target))) {
      return;
    }
    CacheSnapshot snapshot = target.snapshot().orElseThrow();
    for (int layer = 0; layer < target.session().shape().layers(); layer++) {
      if (target.needsIndex(layer)) {
        while (target.build(layer, snapshot.view(layer), options.chunkTokens()) > 0) {
          check();
        }
      }
    }
  }

  private void buildInSteps(SwapTarget target) {
    AttachedBuild build = new AttachedBuild(target, options, options.warmUps());
    ride(target, build, build::done);
  }

  /** Lets a rider go with the session's steps until it is done. */
  private void ride(
      SwapTarget target, StoppableRider rider, java.util.function.BooleanSupplier done) {
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
        check();
        LockSupport.parkNanos(POLL_NANOS);
      }
    } finally {
      running.ride(null);
      rider.stop();
    }
  }

  private void shadow(List<SwapTarget> fresh) {
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
            "%s selects %.3f of what session %d selects now and keeps %.3f of its attention weight; at least %.3f and %.3f were asked for."
                .formatted(
                    swap.policy(),
                    found.recall(),
                    target.session().id(),
                    found.mass(),
                    wanted.minRecall(),
                    wanted.minMass()));
      }
    }
  }

  private void catchUp(SwapTarget target) {
    if (options.shadow().isEmpty() || swap.state() != SwapState.SHADOW) {
      swap.enter(SwapState.CATCH_UP);
    }
    if (target.paged()) {
      buildRound(target);
    }
  }

  // ---- the change ----

  private void cutOver(List<SwapTarget> fresh) {
    swap.enter(SwapState.CATCH_UP);
    fresh.forEach(this::catchUp);
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
    if (fresh.isEmpty() && !swap.commit()) {
      throw new SwapException("The swap was stopped.");
    }
    if (!fresh.isEmpty() && fresh.stream().noneMatch(SwapTarget::changed) && !swap.commit()) {
      throw new SwapException("The swap was stopped.");
    }
  }

  private void cutOver(SwapTarget target) {
    for (int round = 0; round < ROUNDS; round++) {
      Change change = new Change(target);
      pending.incrementAndGet();
      boolean asked = false;
      try {
        asked = ask(target.session(), change);
      } finally {
        if (!target.changed()) {
          pending.decrementAndGet();
        }
      }
      if (!asked) {
        closedMeanwhile(target);
        return;
      }
      change.failure.ifPresent(
          e -> {
            throw Containment.<RuntimeException>sneaky(e);
          });
      if (target.changed()) {
        return;
      }
      check();
      if (target.paged()) {
        buildRound(target);
      }
    }
    throw new SwapException(
        "Session %d grows or is truncated faster than the index of %s can follow; swap while it is quieter."
            .formatted(target.session().id(), swap.policy()));
  }

  private void closedMeanwhile(SwapTarget target) {
    if (options.scope() instanceof SwapOptions.Scope.TokenBoundary(List<Session> named)
        && !named.isEmpty()
        && targets.stream().allMatch(t -> t.session().isClosed())) {
      throw new SwapException(
          "Session %d was closed before it could change to %s."
              .formatted(target.session().id(), swap.policy()));
    }
  }

  private void adopt() {
    boolean all =
        switch (options.scope()) {
          case SwapOptions.Scope.NewRequests _ -> true;
          case SwapOptions.Scope.TokenBoundary(List<Session> named) -> named.isEmpty();
        };
    if (all && before.isEmpty()) {
      before = Optional.of(swaps.choose(next));
    }
  }

  /**
   * Has a move made by the session's own thread at its next step, or by this one while the session
   * is idle.
   *
   * @return whether it was made; not where the session was closed
   */
  private boolean ask(Session session, Move move) {
    session.running().ask(move);
    while (!move.made()) {
      session.tryMoves();
      if (move.made()) {
        return true;
      }
      if ((session.isClosed() || swap.stopped() || late(deadline)) && move.withdraw()) {
        check();
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  private static boolean late(long deadline) {
    return System.nanoTime() - deadline > 0;
  }

  /** Throws where the run has to end. */
  private void check() {
    if (late(deadline)) {
      swap.stop(tooSlow());
    }
    if (swap.stopped()) {
      throw new SwapException("The swap was stopped.");
    }
    swaps.checkOpen();
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

  private final class Change extends Move {

    private final SwapTarget target;
    private Optional<Throwable> failure = Optional.empty();

    Change(SwapTarget target) {
      this.target = target;
    }

    @Override
    void make(Session session) {
      try {
        target.change(swap, graceTokens);
      } catch (Throwable e) {
        failure = Optional.of(e);
      }
    }
  }

  // ---- after the change ----

  private void rollBack() {
    before.ifPresent(choice -> swaps.chooseAgain(next, choice));
    List<SwapTarget> all;
    synchronized (targets) {
      all = List.copyOf(targets);
    }
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

  private void ended() {
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
      swaps.ended(this);
    }
  }
}
