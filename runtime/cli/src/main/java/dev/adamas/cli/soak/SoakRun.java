package dev.adamas.cli.soak;

import dev.adamas.api.Parameter;
import dev.adamas.api.Provider;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapOutcome;
import dev.adamas.eval.task.PassKeyDocument;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/**
 * Swaps policies in live sequences for a long time, while plugins come and go, and checks that no
 * step came out otherwise than it should and that nothing is left at the end.
 */
public final class SoakRun {

  /**
   * What to do.
   *
   * @param swaps in all, at least 1
   * @param context tokens of each prompt
   * @param sequences that live at the same time, at least 1
   * @param changeEvery swaps between two changes of plugins
   * @param threads of each engine
   */
  public record Plan(
      int swaps, int context, int sequences, int changeEvery, int threads, long seed) {}

  /**
   * What happened. A run that broke a promise throws instead.
   *
   * @param swaps that were asked for
   * @param completed of them
   * @param refused of them, because their plugin went
   * @param tokens decoded and compared, bit for bit
   * @param changes of policy that the reference followed, those that departures caused included
   * @param pluginsLoaded from layers and bundles
   * @param loadersLeft class loaders of theirs in memory at the end
   * @param cacheBytesLeft native memory of KV caches at the end
   * @param indexesLeft indexes at the end whose native memory was not freed
   * @param heapMb objects that a garbage collection leaves, after each tenth of the run, in MB
   * @param residentMb memory of the process then, in MB; it also grows with the heap that the JVM
   *     has taken and with compiled code
   * @param seconds that it took, the comparison included
   */
  public record Report(
      long swaps,
      long completed,
      long refused,
      long tokens,
      long changes,
      long pluginsLoaded,
      long loadersLeft,
      long cacheBytesLeft,
      int indexesLeft,
      List<Long> heapMb,
      List<Long> residentMb,
      double seconds) {}

  /** Tokens after the prompt before a sequence goes back to the prompt's end. */
  private static final int ROOM = 256;

  private static final int GRACE = 2;

  /** In place of a number of tokens: the sequence went back meanwhile. */
  private static final int REWOUND = -1;

  /** What a swap says whose plugin is no longer there, or no longer in that version. */
  private static final List<String> GONE =
      List.of("There is no policy", "has no version", "removed");

  private static final int[] BUDGETS = {16, 64, 200};
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Plan plan;
  private final Random random;
  private final BooleanSupplier stopped;
  private final LongConsumer progress;
  private final List<Long> heapMb = new ArrayList<>();
  private final List<Long> residentMb = new ArrayList<>();
  private long swaps;
  private long completed;
  private long refused;

  private SoakRun(Plan plan, BooleanSupplier stopped, LongConsumer progress) {
    this.plan = plan;
    this.stopped = stopped;
    this.progress = progress;
    random = new Random(plan.seed());
  }

  /**
   * Runs to the end.
   *
   * @param stopped asked between swaps
   * @param progress hears how many swaps are done
   * @throws SoakException where something came out otherwise than it should
   * @throws CancellationException where it was stopped
   */
  public static Report run(Plan plan, BooleanSupplier stopped, LongConsumer progress)
      throws IOException {
    Path folder = Files.createTempDirectory("adamas-soak");
    try {
      return new SoakRun(plan, stopped, progress).run(folder);
    } finally {
      delete(folder);
    }
  }

  private Report run(Path folder) throws IOException {
    long start = System.nanoTime();
    EngineConfig config = EngineConfig.builder().policy("full").threads(plan.threads()).build();
    try (PluginChurn churn = new PluginChurn(folder);
        Engine engine =
            Engine.builder()
                .config(config)
                .source(ownPath())
                .source(churn.directory())
                .source(churn.container().source())
                .build();
        Engine reference =
            Engine.builder().config(config).source(ownPath()).providers(unpacked()).build();
        Model model = Model.embedded(engine);
        Model twin = Model.embedded(reference)) {
      List<SoakedSequence> sequences = new ArrayList<>();
      try {
        for (int i = 0; i < plan.sequences(); i++) {
          sequences.add(open(model, twin, plan.seed() + i));
        }
        swap(engine, sequences, churn);
        long tokens = sequences.stream().mapToLong(SoakedSequence::steps).sum();
        long changes = sequences.stream().mapToLong(SoakedSequence::changes).sum();
        sequences.forEach(SoakedSequence::close);
        sequences.clear();
        List<String> users = churn.removeAll();
        if (!users.isEmpty()) {
          throw new SoakException(String.join(" ", users));
        }
        long alive = collected(churn);
        return new Report(
            swaps,
            completed,
            refused,
            tokens,
            changes,
            churn.loaded(),
            alive,
            engine.memory().bytes(),
            engine.openIndexes(),
            heapMb,
            residentMb,
            (System.nanoTime() - start) / 1e9);
      } finally {
        sequences.forEach(SoakedSequence::close);
      }
    }
  }

  /** What is on the path of this program, without what the containers bring. */
  private static ProviderSource ownPath() {
    return ProviderSource.serviceLoader(SoakRun.class.getClassLoader());
  }

  /** The plugins of all jars at once, for the engine that never changes. */
  private static Provider[] unpacked() {
    return Stream.of(PluginChurn.LAYER, PluginChurn.BUNDLE)
        .flatMap(name -> Stream.of(new SoakProvider(name, 1), new SoakProvider(name, 2)))
        .toArray(Provider[]::new);
  }

  private SoakedSequence open(Model model, Model twin, long seed) {
    String text =
        PassKeyDocument.generate(plan.context(), seed, t -> model.tokenizer().encode(t).length)
            .text();
    int[] prompt = model.tokenizer().encode(text);
    Sequence live = model.open();
    live.prefill(prompt);
    Sequence second = twin.open();
    second.prefill(prompt);
    return new SoakedSequence(live, second, ROOM, twin.engine()::policy);
  }

  private void swap(Engine engine, List<SoakedSequence> sequences, PluginChurn churn) {
    CompletableFuture<Void> change = CompletableFuture.completedFuture(null);
    int tenth = Math.max(1, plan.swaps() / 10);
    try {
      while (swaps < plan.swaps()) {
        if (stopped.getAsBoolean()) {
          throw new CancellationException();
        }
        if (swaps % plan.changeEvery() < sequences.size() && change.isDone()) {
          join(change);
          change = CompletableFuture.runAsync(() -> churn.change(engine));
        }
        round(engine, sequences);
        if (swaps / tenth > residentMb.size()) {
          noteMemory();
        }
        progress.accept(swaps);
      }
    } finally {
      // However it ends, nobody changes plugins while the engine closes.
      change.handle((_, _) -> 0).join();
    }
    join(change);
  }

  private void noteMemory() {
    System.gc();
    Runtime machine = Runtime.getRuntime();
    heapMb.add((machine.totalMemory() - machine.freeMemory()) >> 20);
    residentMb.add(Resident.bytes() >> 20);
  }

  /** One swap of each sequence, all in progress together, while all go on. */
  private void round(Engine engine, List<SoakedSequence> sequences) {
    List<Swap> running = new ArrayList<>();
    List<Integer> from = new ArrayList<>();
    for (SoakedSequence sequence : sequences) {
      if (sequence.full(ROOM / 2)) {
        sequence.rewind();
      }
      from.add(sequence.live().length());
      running.add(
          engine.swap(
              choose(engine),
              SwapOptions.tokenBoundary(sequence.live().session())
                  .withGrace(GRACE)
                  .withWarmUp(1, LIMIT)));
    }
    long end = System.nanoTime() + LIMIT.toNanos();
    while (running.stream().anyMatch(swap -> swap.outcome().isEmpty())) {
      if (System.nanoTime() - end > 0) {
        throw new SoakException(
            "A swap to %s is still in state %s after %d s."
                .formatted(
                    running.getFirst().policy(), running.getFirst().state(), LIMIT.toSeconds()));
      }
      for (int i = 0; i < sequences.size(); i++) {
        if (sequences.get(i).full(1)) {
          sequences.get(i).rewind();
          from.set(i, REWOUND);
        }
        sequences.get(i).step();
      }
    }
    for (int i = 0; i < running.size(); i++) {
      count(running.get(i));
      if (from.get(i) != REWOUND) {
        sequences.get(i).check(running.get(i), from.get(i));
      }
      sequences.get(i).follow();
    }
  }

  /** A swap may fail for one reason only: its plugin went meanwhile. */
  private void count(Swap swap) {
    swaps++;
    SwapOutcome outcome = swap.outcome().orElseThrow();
    if (outcome instanceof SwapOutcome.Completed) {
      completed++;
    } else if (swap.policy().startsWith(PluginChurn.NAMES)
        && outcome instanceof SwapOutcome.Failed(var _, String reason)
        && GONE.stream().anyMatch(reason::contains)) {
      refused++;
    } else {
      throw new SoakException("A swap to %s ended as %s.".formatted(swap.policy(), outcome));
    }
  }

  /** Any policy that there is now, with any of a few budgets. */
  private String choose(Engine engine) {
    List<Catalogue.Component> policies =
        engine.catalogue().of(Catalogue.Kind.POLICY).stream()
            .filter(policy -> policy.unavailable().isEmpty())
            .sorted(Comparator.comparing(Catalogue.Component::name))
            .toList();
    Catalogue.Component policy = policies.get(random.nextInt(policies.size()));
    boolean budget =
        policy.parameters().stream().map(Parameter::name).anyMatch(name -> name.equals("budget"));
    return budget
        ? "%s(budget=%d)".formatted(policy.name(), BUDGETS[random.nextInt(BUDGETS.length)])
        : policy.name();
  }

  /** Class loaders that the garbage collector has not taken after a while. */
  private static long collected(PluginChurn churn) {
    for (int i = 0; i < 50 && churn.alive() > 0; i++) {
      System.gc();
      try {
        Thread.sleep(20);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return churn.alive();
  }

  private static void join(CompletableFuture<Void> change) {
    try {
      change.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
