package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ModelShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Takes one swap through its states, on a builder's thread. */
final class SwapRun implements Runnable {

  private final Swap swap;
  private final PolicyChoice next;
  private final SwapOptions options;
  private final Swaps swaps;
  private final SwapControl control;
  private final SwapPreparation preparation;
  private final SwapAftermath aftermath;
  private final SwapCutover cutover;
  private final List<SwapTarget> targets = new ArrayList<>();
  private final List<Session> locked = new ArrayList<>();

  private volatile Optional<Binding> towards = Optional.empty();

  SwapRun(Swap swap, PolicyChoice next, SwapOptions options, Swaps swaps, EngineConfig config) {
    this.swap = swap;
    this.next = next;
    this.options = options;
    this.swaps = swaps;
    control = new SwapControl(swap, swaps, options.timeout().orElse(config.swap().timeout()));
    preparation = new SwapPreparation(swap, options, control);
    aftermath = new SwapAftermath(swap, next, swaps, () -> swaps.ended(this));
    int grace = options.graceTokens().orElse(config.swap().graceTokens());
    cutover = new SwapCutover(swap, options, grace, control, preparation, aftermath);
    swap.show(this::figures, () -> aftermath.rollBack(targets()));
  }

  Swap swap() {
    return swap;
  }

  /** What it leads to, once that is known. */
  Optional<Binding> towards() {
    return towards;
  }

  /** Stops it where its time is over; any thread may ask. */
  void expire() {
    control.expire();
  }

  private List<SwapTarget> targets() {
    synchronized (targets) {
      return List.copyOf(targets);
    }
  }

  private List<SwapFigures> figures() {
    return targets().stream().map(SwapTarget::figures).toList();
  }

  @Override
  public void run() {
    control.runs(Optional.of(Thread.currentThread()));
    try {
      steps();
    } catch (Throwable e) {
      fail(e);
    } finally {
      locked.forEach(session -> session.swapping().unlock());
      locked.clear();
      targets().forEach(SwapTarget::close);
      if (swap.outcome().isPresent()) {
        swaps.ended(this);
      }
      control.runs(Optional.empty());
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
        control.check();
        preparation.build(fresh);
        new WarmUp(options, control::check).run(fresh, swap);
        preparation.shadow(fresh);
        cutover.run(fresh);
        if (changesNewRequests()) {
          aftermath.adopt();
        }
        // Whoever opened a session meanwhile still got the policy before.
        sessions = newcomers(policy);
      } while (!sessions.isEmpty());
    } finally {
      towards = Optional.empty();
      bindings.values().forEach(swaps.kernels()::release);
    }
    swap.enter(SwapState.GRACE);
    aftermath.ended();
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
  private List<Session> newcomers(AttentionPolicy policy) {
    if (!changesNewRequests() || options.scope() instanceof SwapOptions.Scope.NewRequests) {
      return List.of();
    }
    List<Session> known = targets().stream().map(SwapTarget::session).toList();
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
      SwapTarget target =
          new SwapTarget(
              session, swaps.kernels().share(binding), follows(session), swaps, aftermath);
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
        control.check();
      }
      known = swaps.kernels().bind(policy, shape);
      bindings.put(shape, known);
      towards = Optional.of(known);
    }
    return known;
  }

  private void lock(Session session) {
    try {
      if (!session.swapping().tryLock(control.left(), TimeUnit.NANOSECONDS)) {
        throw new SwapException(
            "Another swap of session %d did not end in time; wait for it, or cancel it."
                .formatted(session.id()));
      }
    } catch (InterruptedException e) {
      throw new SwapException("The swap to %s was interrupted.".formatted(swap.policy()));
    }
    locked.add(session);
  }

  /**
   * A sequence that somebody swaps by name goes its own way from then on; the engine itself, which
   * brings sequences to the configured policy, leaves them as they were.
   */
  @SuppressWarnings("ReferenceEquality") // the engine's own choice is that object
  private boolean follows(Session session) {
    return changesNewRequests() || (next == swaps.choice() && session.configured());
  }

  private boolean changesNewRequests() {
    return switch (options.scope()) {
      case SwapOptions.Scope.NewRequests _ -> true;
      case SwapOptions.Scope.TokenBoundary(List<Session> named) -> named.isEmpty();
    };
  }
}
