package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Every change of what sessions run: who asks for it, who does it, and the policy of new ones. */
final class Swaps implements LiveSequences, AutoCloseable {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  /** For threads that are inside of a plugin when the engine closes. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Ends a builder. */
  private record End() implements Runnable {
    @Override
    public void run() {
      // Whoever takes it from the queue ends instead.
    }
  }

  private final Engine engine;
  private final EngineConfig config;
  private final AtomicLong ids = new AtomicLong();
  private final BlockingDeque<Runnable> queue = new LinkedBlockingDeque<>();
  private final List<Thread> builders = new ArrayList<>();
  private final List<SwapRun> runs = new ArrayList<>();
  private final PolicyChoice configured;
  private final AtomicReference<PolicyChoice> choice;
  private volatile boolean closed;

  /**
   * @param configured the policy of the configuration
   */
  Swaps(Engine engine, EngineConfig config, PolicyChoice configured) {
    this.engine = engine;
    this.config = config;
    this.configured = configured;
    choice = new AtomicReference<>(configured);
  }

  Kernels kernels() {
    return engine.kernels();
  }

  /** The policy of new sessions. */
  PolicyChoice choice() {
    return choice.get();
  }

  /** Changes the policy of new sessions; returns the one before. */
  PolicyChoice choose(PolicyChoice next) {
    return choice.getAndSet(next);
  }

  /** Goes back to a policy of new sessions, unless somebody changed it meanwhile. */
  void chooseAgain(PolicyChoice from, PolicyChoice to) {
    choice.compareAndSet(from, to);
  }

  /** Live sessions that follow the configured policy. */
  List<Session> following() {
    return engine.sessions().list().stream().filter(Session::configured).toList();
  }

  /** Starts a swap. */
  Swap start(PolicyChoice next, SwapOptions options) {
    checkOpen();
    Swap swap = new Swap(ids.incrementAndGet(), next.name());
    SwapRun run = new SwapRun(swap, next, options, this, config);
    synchronized (runs) {
      runs.add(run);
    }
    queue.addLast(run);
    startBuilders();
    return swap;
  }

  /** Does something soon, before the swaps that wait. */
  void later(Runnable work) {
    queue.addFirst(work);
    startBuilders();
  }

  private void startBuilders() {
    synchronized (builders) {
      for (int i = builders.size(); i < config.swap().builders() && !closed; i++) {
        Thread builder = kernels().workers().builder(i, this::work);
        builders.add(builder);
        builder.start();
      }
    }
  }

  private void work() {
    while (true) {
      try {
        Runnable next = queue.takeFirst();
        if (next instanceof End) {
          return;
        }
        next.run();
      } catch (InterruptedException _) {
        // Meant for a run that has ended.
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.ERROR, "A swap ended unexpectedly", e);
      }
    }
  }

  /** Ends the runs whose time is over; the watchdog calls it. */
  void expire() {
    List<SwapRun> all;
    synchronized (runs) {
      all = List.copyOf(runs);
    }
    all.forEach(SwapRun::expire);
  }

  void ended(SwapRun run) {
    synchronized (runs) {
      runs.remove(run);
    }
  }

  /** Frees what a session ran before, when a thread has time. */
  void retire(Active old) {
    later(() -> free(old));
  }

  /** Frees what a session ran before; a sentence where something is left. */
  Optional<String> free(Active old) {
    try {
      old.drop();
    } catch (RuntimeException e) {
      return Optional.of(Failures.capitalised(Failures.text(e)) + ".");
    } finally {
      kernels().release(old.binding());
    }
    long alive = old.indexes().filter(LayerIndex::holdsMemory).count();
    return alive == 0
        ? Optional.empty()
        : Optional.of("The memory of %d of its indexes is still there.".formatted(alive));
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The engine is closed; create another one.");
    }
  }

  @Override
  public void catalogueChanged() {
    PolicyChoice now = choice.get();
    AttentionPolicy policy;
    try {
      policy = now.policy();
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Sequences stay as they are, because the configured policy {0} cannot be made: {1}.",
          now.name(),
          Failures.text(e));
      return;
    }
    List<Session> different =
        following().stream().filter(session -> !runsAlready(session, policy)).toList();
    if (!different.isEmpty()) {
      start(now, SwapOptions.tokenBoundary(different));
    }
  }

  private boolean runsAlready(Session session, AttentionPolicy policy) {
    Binding live = session.running().active().binding();
    if (!live.policy().spec().equals(policy.spec())
        || live.policy().getClass() != policy.getClass()) {
      return false;
    }
    try {
      Binding fresh = kernels().bind(policy, session.shape());
      boolean same = fresh.decode().equals(live.decode()) && fresh.prefill().equals(live.prefill());
      kernels().release(fresh);
      return same;
    } catch (RuntimeException _) {
      // It cannot run any more: it goes on with the kernels that it has.
      return true;
    }
  }

  @Override
  public List<String> leave(Set<ClassLoader> departing, Duration patience) {
    Departing departure = new Departing(departing);
    cancelTowards(departure);
    PolicyChoice now = choice.get();
    if (now.fixed() && departure.made(now.policy())) {
      choice.compareAndSet(now, configured);
    }
    long start = System.nanoTime();
    moveBuilt(departure, patience.dividedBy(2));
    return new Evacuation(engine, departure, patience.minusNanos(System.nanoTime() - start)).run();
  }

  /**
   * Lets sequences go to the configured policy by a swap as far as time allows, so that none has to
   * wait for its new indexes in a step.
   */
  private void moveBuilt(Departing departure, Duration limit) {
    List<Session> affected =
        engine.sessions().list().stream()
            .filter(session -> departure.made(session.running().active().binding()))
            .toList();
    PolicyChoice next = choice.get();
    try {
      if (!affected.isEmpty() && !departure.made(next.policy())) {
        SwapOptions options = SwapOptions.tokenBoundary(affected);
        start(next, options.withGrace(0).withTimeout(limit)).await(limit);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | LinkageError _) {
      // The configured policy goes with the plugin; full attention needs no index.
    }
  }

  private void cancelTowards(Departing departure) {
    List<SwapRun> all;
    synchronized (runs) {
      all = List.copyOf(runs);
    }
    for (SwapRun run : all) {
      if (run.towards().filter(departure::made).isPresent()) {
        run.swap()
            .stop(
                new SwapOutcome.Failed(
                    run.swap().state(),
                    "A plugin that %s needs was removed meanwhile."
                        .formatted(run.swap().policy())));
      }
    }
  }

  /** Ends all swaps and threads. */
  @Override
  public void close() {
    closed = true;
    List<SwapRun> all;
    synchronized (runs) {
      all = List.copyOf(runs);
    }
    all.forEach(
        run ->
            run.swap()
                .stop(
                    new SwapOutcome.Failed(
                        run.swap().state(), "The engine was closed meanwhile.")));
    List<Thread> running;
    synchronized (builders) {
      running = List.copyOf(builders);
    }
    running.forEach(_ -> queue.addLast(new End()));
    long end = System.nanoTime() + PATIENCE.toNanos();
    boolean interrupted = false;
    for (Thread builder : running) {
      while (builder.isAlive() && System.nanoTime() < end) {
        try {
          builder.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
